"""Which value a task wants of a proxy: how the view reads it, and what to call it."""

import ast
import builtins
from typing import NamedTuple

from pytest_flaskctx.hints.case import Case
from pytest_flaskctx.hints.names import free_name, identifier, value_name
from pytest_flaskctx.hints.syntax import (
    Source,
    called,
    chain_from,
    constant,
    last_name,
    part_of_getattr,
    read,
)

GETTERS = {"get", "getlist", "get_json", "get_data", "get_id", "_get_current_object"}
CHANGERS = {"add", "append", "clear", "extend", "insert", "pop", "popitem", "remove"}
CHANGERS |= {"setdefault", "update"}
APP_VALUES = {"config", "debug", "import_name", "instance_path", "logger", "name", "root_path"}
APP_VALUES |= {"secret_key", "static_folder", "static_url_path", "template_folder", "testing"}
WHOLE = {
    "request": ("data", "request.json"),
    "request_ctx": ("data", "request.json"),
    "session": ("session_data", "dict(session)"),
    "g": ("tenant", "g.tenant"),
    "current_user": ("user_id", "current_user.id"),
}
NAMED_RESULTS = {"url_for": "url", "render_template": "text", "render_template_string": "text"}
CLOSED = "A file or stream of the request is closed when the request is over: read it in the view."
TORN_DOWN = "Where `{}` is closed when the request ends, let the task open its own instead."


class Value(NamedTuple):
    """What the view reads, and hands over.

    Attributes:
        name: what to call it; not yet used for anything else there.
        expression: how the view reads it.
        instead_of: what the task wrote.
        example: whether ``expression`` is a guess at what the task needs.
        note: a sentence on what else to know of it; mostly empty.
        node: the part of the task's expression that it stands for, where that is known.
    """

    name: str
    expression: str
    instead_of: str
    example: bool = False
    note: str = ""
    node: ast.expr | None = None


class Use(NamedTuple):
    """The task's expression, taken apart.

    Attributes:
        source: its text and tree.
        chain: nodes from the proxy outwards; empty where a library stands between.
        kept: how many nodes of the chain mean the same in the view.
    """

    source: Source
    chain: list[ast.expr]
    kept: int

    @property
    def value(self) -> ast.expr:
        """The part that the view can read."""
        return self.chain[self.kept - 1]

    @property
    def whole(self) -> bool:
        """Whether nothing of the proxy was picked out: it is used as it is."""
        return self.kept == 1 or called(self.value) == "_get_current_object"

    @property
    def first(self) -> str:
        """The first attribute that is asked for; empty where none is."""
        second = self.chain[1] if len(self.chain) > 1 else None
        return second.attr if isinstance(second, ast.Attribute) else ""

    @property
    def calls(self) -> str:
        """Name of the function that the whole expression calls; empty where it calls none."""
        return called(self.source.tree)

    @property
    def changes(self) -> bool:
        """Whether a method that changes the object is called."""
        return any(called(node) in CHANGERS for node in self.chain)


def use_of(case: Case) -> Use | None:
    """Take the case's expression apart, ``None`` where it cannot be read."""
    source = read(case.chain) or read(case.expression)
    if source is None:
        return None
    chains = (chain_from(source.tree, root) for root in _roots(case, source.tree))
    chain = next((chain for chain in chains if chain and not _is_function(chain)), [])
    return Use(source, chain, _kept(chain))


def _roots(case: Case, tree: ast.expr) -> list[str]:
    """Return the names that may stand for the proxy; none where a library's object uses it."""
    last = case.root.rpartition(".")[2]
    by_app = case.proxy in ("app_ctx", "current_app")
    if case.operation == "call" or (by_app and "." in case.root and last != case.proxy):
        return []
    own = [case.root] if case.root not in ("", "flask") else []
    return [*own, f"flask.{case.proxy}", case.proxy, *_asked_of(tree)]


def _asked_of(tree: ast.expr) -> list[str]:
    """Return ``incoming`` for ``str(incoming)``."""
    match tree:
        case ast.Call(func=ast.Name(id=function), args=[ast.Name(id=name), *_]):
            return [name] if hasattr(builtins, function) else []
    return []


def _is_function(chain: list[ast.expr]) -> bool:
    """Whether the first name is called itself: ``render_template(...)`` is no proxy."""
    return len(chain) > 1 and _calls(chain[1], chain[0])


def _kept(chain: list[ast.expr]) -> int:
    kept = 1 if chain else 0
    for index, node in enumerate(chain[1:], start=2):
        if not _same_anywhere(node):
            break
        is_method = index < len(chain) and _calls(chain[index], node)
        kept = kept if is_method else index
    return kept


def _calls(outer: ast.expr, inner: ast.expr) -> bool:
    return isinstance(outer, ast.Call) and outer.func is inner


def _same_anywhere(node: ast.expr) -> bool:
    match node:
        case ast.Attribute():
            return True
        case ast.Subscript(slice=key):
            return constant(key)
    return isinstance(node, ast.Call) and _same_result(node)


def _same_result(node: ast.Call) -> bool:
    asked = part_of_getattr(node) is not None
    given = [*node.args[asked:], *(word.value for word in node.keywords)]
    return (called(node) in GETTERS or asked) and all(constant(arg) for arg in given)


def value_of(case: Case, use: Use | None) -> Value:
    """Return what the view should read in this case."""
    if use is None or not (use.chain or use.calls):
        return _guessed(case, case.root or case.expression)
    if not use.chain:
        return _result(case, use)
    if use.whole:
        return _guessed(case, use.source.of(use.chain[0]))
    if case.proxy == "request" and (special := _of_request(case, use)):
        return special
    expression = _in_view(case, use)
    closing = case.proxy == "g" and use.kept < len(use.chain)
    return Value(
        free_name(value_name(use.value), case),
        expression,
        use.source.of(use.value),
        note=TORN_DOWN.format(expression) if closing else "",
        node=use.value,
    )


def _in_view(case: Case, use: Use) -> str:
    """Write the kept part as the view may: a name that only the task knows becomes the proxy's."""
    text = use.source.of(use.value)
    root = use.source.of(use.chain[0])
    inner = read(text)
    if inner is None or root.rpartition(".")[2] == case.proxy:
        return text
    chain = chain_from(inner.tree, root)
    return inner.replacing(chain[0], case.proxy) if chain else text


def _of_request(case: Case, use: Use) -> Value | None:
    text = use.source.of(use.value)
    root = case.root if case.root.endswith(case.proxy) else case.proxy
    if use.first == "stream":
        return Value(free_name("body", case), f"{root}.get_data()", text, note=CLOSED)
    if use.first == "headers" and use.kept == 2:
        return Value(free_name("headers", case), f"dict({root}.headers)", text, node=use.value)
    return _of_file(case, use, root) if use.first == "files" else None


def _of_file(case: Case, use: Use, root: str) -> Value | None:
    """Read what was uploaded; ``files["doc"]`` and ``files.get("doc")`` are the file itself."""
    text = use.source.of(use.value)
    file_at = 4 if use.kept > 3 and called(use.chain[3]) == "get" else 3
    if use.kept > file_at:
        return None
    if use.kept < file_at:
        every = f"{{name: file.read() for name, file in {root}.files.items()}}"
        return Value(free_name("files", case), every, text, note=CLOSED)
    upload = f"{_in_view(case, use)}.read()"
    return Value(free_name(value_name(use.value), case), upload, text, note=CLOSED)


def _result(case: Case, use: Use) -> Value:
    """A library's or Flask's function was called: the view can call it as well."""
    name = NAMED_RESULTS.get(use.calls) or identifier(use.calls.removeprefix("get_"))
    return Value(free_name(name, case), use.source.text, use.source.text, node=use.source.tree)


def _guessed(case: Case, used: str) -> Value:
    """The whole proxy was used: name what is likely to be needed of it."""
    named = read(used)
    alias = last_name(named.tree) if named else ""
    plain = case.proxy.removeprefix("current_")
    object_behind = f"{case.proxy}._get_current_object()"
    name, expression = WHOLE.get(case.proxy, (identifier(plain), object_behind))
    if alias == case.proxy:
        expression = expression.replace(case.proxy, used, 1)
    elif alias and name == "data":
        name = identifier(f"{alias}_data")
    return Value(free_name(name, case), expression, used, example=True)


def wants_app(case: Case, use: Use | None) -> bool:
    """Whether the application itself is needed, not a value that can be read from it."""
    if case.proxy == "app_ctx":
        return True
    if case.proxy != "current_app":
        return False
    if case.by_library:
        return True
    return use is None or not use.chain or use.whole or use.first not in APP_VALUES
