"""A hand-over's call, edited so that it carries one value more."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Literal

from pytest_flaskctx.facts import OriginKind
from pytest_flaskctx.hints.case import Case
from pytest_flaskctx.hints.names import plain_name
from pytest_flaskctx.hints.syntax import Source, called, last_name, parse
from pytest_flaskctx.hints.values import Value

Receives = Literal["parameter", "constructor", "closure", "unknown"]
"""How the task gets at the value: as a parameter, from its object, from around it."""

POOL_MAPS = {"map", "map_async", "imap", "imap_unordered", "starmap", "starmap_async"}
STARTED: tuple[OriginKind, ...] = ("thread", "timer", "process")
METHODS: dict[OriginKind, set[str]] = {
    "submit": {"submit"},
    "map": {"map"},
    "threadpool": {"apply", "apply_async", *POOL_MAPS},
    "processpool": {"apply", "apply_async", *POOL_MAPS},
    "run_in_executor": {"run_in_executor"},
    "to_thread": {"to_thread"},
    "callback": {"add_done_callback"},
    "greenlet": {"spawn", "spawn_later", "apply", "apply_async", "Greenlet", *POOL_MAPS},
}


class Call:
    """A call while it is being rewritten: texts of its parts, beside the nodes they came from."""

    def __init__(self, source: Source, node: ast.Call, value: Value) -> None:
        self.source = source
        self.node = node
        self.value = value
        self.func = source.of(node.func)
        self.args = [self._text(arg) for arg in node.args]
        self.keywords = [(word.arg or "", source.of(word.value)) for word in node.keywords]
        self.receives: Receives = "parameter"
        self.task = ""

    def _text(self, arg: ast.expr) -> str:
        if isinstance(arg, ast.Starred):
            return f"*{self.source.of(arg.value)}"
        return self.source.of(arg)

    def __str__(self) -> str:
        words = (f"{name}={text}" if name else f"**{text}" for name, text in self.keywords)
        return f"{self.func}({', '.join((*self.args, *words))})"

    @property
    def name(self) -> str:
        """Name of the value."""
        return self.value.name

    @property
    def by_keyword(self) -> bool:
        """Whether a further positional argument might land in the wrong place."""
        return bool(self.keywords) or any(arg.startswith("*") for arg in self.args)

    def keyword(self, name: str) -> int | None:
        """Return where the keyword argument ``name`` stands."""
        return next((i for i, (word, _) in enumerate(self.keywords) if word == name), None)

    def add_keyword(self, name: str, text: str) -> None:
        """Add a keyword argument, before any ``**`` one."""
        end = self.keyword("")
        self.keywords.insert(len(self.keywords) if end is None else end, (name, text))


Rewrite = Callable[[Case, Call], bool]


def rewriter(case: Case, node: ast.Call) -> Rewrite | None:
    """Return what rewrites this call, ``None`` where it is not the one that hands over."""
    name = called(node)
    if case.kind in STARTED:
        found = _thread_rewriter(name, node)
        # A library's object that starts a thread is none itself.
        return None if found is _construct and case.through_library else found
    if case.kind is None or name not in METHODS[case.kind]:
        return None
    if case.kind in ("threadpool", "processpool"):
        return _pool_map if name in POOL_MAPS else _apply
    if case.kind == "greenlet":
        return _greenlet_rewriter(name)
    return {"map": _pool_map, "callback": _pool_map, "run_in_executor": _in_executor}.get(
        case.kind, _submit
    )


def _thread_rewriter(name: str, node: ast.Call) -> Rewrite | None:
    words = {word.arg for word in node.keywords}
    if name in ("Thread", "Process") or "target" in words:
        return _thread
    if name == "Timer" or "function" in words:
        return _timer
    return _construct if name[:1].isupper() else None


def _greenlet_rewriter(name: str) -> Rewrite:
    if name.startswith("apply"):
        return _apply
    return _pool_map if name in POOL_MAPS else _later if name == "spawn_later" else _submit


def _later(case: Case, call: Call) -> bool:
    """``spawn_later(5, work, a)``: the seconds come first."""
    return with_further_argument(case, call, 1)


def _submit(case: Case, call: Call) -> bool:
    """``submit(work, a)``: the rest of the arguments are the work's."""
    return with_further_argument(case, call, 0)


def _in_executor(case: Case, call: Call) -> bool:
    """``run_in_executor(None, work, a)``: no keyword arguments there."""
    return with_further_argument(case, call, 1, only_positional=True)


def with_further_argument(
    case: Case, call: Call, position: int, *, only_positional: bool = False
) -> bool:
    """Add the value behind the work at ``position`` and its arguments."""
    if len(call.node.args) <= position or isinstance(call.node.args[position], ast.Starred):
        return False
    work = call.node.args[position]
    if isinstance(work, ast.Lambda):
        return _into_lambda(case, call, work, lambda text: call.args.__setitem__(position, text))
    call.task = task_name(work)
    if call.by_keyword and not only_positional:
        call.add_keyword(call.name, call.name)
    else:
        call.args.append(call.name)
    return True


def _pool_map(case: Case, call: Call) -> bool:
    """``map(work, items)``, ``add_done_callback(work)``: the arguments are not ours to add to."""
    return _bound(case, call, 0, "fn") or _bound(case, call, 0, "func")


def _bound(case: Case, call: Call, position: int, word: str) -> bool:
    """Bind the value to the callable at ``position``, or at keyword ``word``."""
    place = call.keyword(word)
    if place is not None:
        work = call.node.keywords[place].value
    elif len(call.node.args) > position:
        work = call.node.args[position]
    else:
        return False

    def put(text: str) -> None:
        if place is None:
            call.args[position] = text
        else:
            call.keywords[place] = (word, text)

    if isinstance(work, ast.Starred):
        return False
    if isinstance(work, ast.Lambda):
        return _into_lambda(case, call, work, put)
    call.task = task_name(work)
    put(_partial(call, work))
    return True


def _partial(call: Call, work: ast.expr) -> str:
    if isinstance(work, ast.Call) and called(work) == "partial":
        inner = Call(call.source, work, call.value)
        inner.add_keyword(call.name, call.name)
        return str(inner)
    return f"partial({call.source.of(work)}, {call.name}={call.name})"


def _apply(case: Case, call: Call) -> bool:
    """``apply_async(work, (a,))``: a tuple of arguments."""
    return _arguments(case, call, work=(0, "func"), args=(1, "args"))


def _thread(case: Case, call: Call) -> bool:
    """``Thread(target=work, args=(a,))``, and ``Process`` likewise."""
    return _arguments(case, call, work=(1, "target"), args=(3, "args"))


def _timer(case: Case, call: Call) -> bool:
    """``Timer(5, work, args=[a])``."""
    return _arguments(case, call, work=(1, "function"), args=(2, "args"))


def _arguments(case: Case, call: Call, work: tuple[int, str], args: tuple[int, str]) -> bool:
    given = argument(call, *work)
    if given is None or isinstance(given, ast.Lambda | ast.Starred):
        return _bound(case, call, *work)
    if argument(call, *args) is None:
        if any(arg.startswith("*") for arg in call.args) or call.keyword("") is not None:
            return _bound(case, call, *work)
        call.add_keyword(args[1], f"({call.name},)")
    elif not lengthened(call, *args):
        return _bound(case, call, *work)
    call.task = task_name(given)
    return True


def lengthened(call: Call, position: int, word: str) -> bool:
    """Add the value to a tuple or list of arguments; return whether there is one."""
    passed = argument(call, position, word)
    if not isinstance(passed, ast.Tuple | ast.List):
        return False
    _put(call, position, word, _longer(call, passed))
    return True


def argument(call: Call, position: int, word: str) -> ast.expr | None:
    """Return the argument at ``position``, or at keyword ``word``."""
    if (place := call.keyword(word)) is not None:
        return call.node.keywords[place].value
    return call.node.args[position] if len(call.node.args) > position else None


def _put(call: Call, position: int, word: str, text: str) -> None:
    if (place := call.keyword(word)) is not None:
        call.keywords[place] = (word, text)
    else:
        call.args[position] = text


def _longer(call: Call, passed: ast.Tuple | ast.List) -> str:
    items = [
        call.source.of(item) if not isinstance(item, ast.Starred) else ast.unparse(item)
        for item in passed.elts
    ]
    items.append(call.name)
    if isinstance(passed, ast.List):
        return f"[{', '.join(items)}]"
    return f"({', '.join(items)}{',' if len(items) == 1 else ''})"


def _construct(_case: Case, call: Call) -> bool:
    """``Mailer(a).start()``: a subclass of Thread or Process, which keeps its arguments itself."""
    call.receives = "constructor"
    call.task = call.func
    if call.by_keyword:
        call.add_keyword(call.name, call.name)
    else:
        call.args.append(call.name)
    return True


def _into_lambda(case: Case, call: Call, work: ast.Lambda, put: Callable[[str], None]) -> bool:
    """Let the lambda use the value from around it; it need not take it."""
    edit = _LambdaEdit(call.value, plain_name(case.function))
    edited = edit.visit(parse(ast.unparse(work)) or work)
    call.receives = "closure"
    put(ast.unparse(edited))
    return edit.done


class _LambdaEdit(ast.NodeTransformer):
    """Puts the value's name where it is read, or into the call of the function that reads it."""

    def __init__(self, value: Value, function: str) -> None:
        self.name = ast.Name(value.name, ast.Load())
        self.wanted = ast.dump(value.node) if value.node is not None else ""
        self.function = function
        self.done = False

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if self.wanted and ast.dump(node) == self.wanted:
            self.done = True
            return self.name
        if isinstance(node, ast.Call) and self.function and called(node) == self.function:
            self.done = True
            node.keywords.insert(0, ast.keyword(self.name.id, self.name))
            return node
        return super().generic_visit(node)


def task_name(work: ast.expr) -> str:
    """Return the name of the function that ``work`` calls, as far as it has one."""
    if isinstance(work, ast.Call) and called(work) == "partial" and work.args:
        return task_name(work.args[0])
    return last_name(work)
