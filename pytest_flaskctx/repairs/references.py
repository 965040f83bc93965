"""Who else speaks of a task function: whoever does would call it without the value."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path

import libcst as cst
from libcst.metadata import ImportAssignment

from pytest_flaskctx.repairs import reasons
from pytest_flaskctx.repairs.modules import Module, last_name
from pytest_flaskctx.repairs.outcome import RefusedError
from pytest_flaskctx.repairs.project import TEMPLATES, Project, speaks_of
from pytest_flaskctx.repairs.proxies import bindings, is_use, qualified

VIEWS = {"flask.views.View", "flask.views.MethodView"}
DISPATCHED = {
    "as_view", "delete", "dispatch_request", "get", "head", "options", "patch", "post", "put",
    "trace",
}  # fmt: skip


PROTOCOLS = {
    "acquire", "apply", "call", "close", "connect", "emit", "execute", "filter", "flush", "format",
    "get", "handle", "log", "next", "notify", "open", "process", "put", "read", "readline", "receive",
    "release", "run", "save", "seek", "send", "set", "start", "stop", "update", "write", "writelines",
}  # fmt: skip
"""Names by which whoever is given an object calls its methods."""

STARTED = {"Process", "Thread", "Timer"}


def check_references(
    project: Project,
    module: Module,
    function: cst.FunctionDef,
    handed: Collection[tuple[Module, cst.CSTNode]],
) -> None:
    """Look whether a function is named by nothing but the hand-overs that pass the value.

    Args:
        project: all files that may name it.
        module: where it is made.
        function: the task function.
        handed: the names by which it is handed over, each with its module.

    Raises:
        RefusedError: where somebody else names it, or might.
    """
    name = function.name.value
    if is_method(module, function):
        if name in PROTOCOLS:
            raise RefusedError(reasons.PROTOCOL.format(name))
        _check_bases(module, name, function)
        _check_subclasses(project, module, function)
    if not _made_once(module, function):
        raise RefusedError(reasons.REDEFINED.format(name, module.name))
    known = {id(node) for _, node in handed}
    homes = {home.path: home for home, _ in handed} | {module.path: module}
    for home in homes.values():
        for node in _mentions(home, module, function):
            if id(node) not in known:
                raise RefusedError(reasons.ELSEWHERE.format(name, home.place(node)))
    if not _is_local(module, function):
        _check_lookups(project, module, name)
        _check_others(project, module, function, homes)


def is_method(module: Module, function: cst.FunctionDef) -> bool:
    """Whether a function is made in the body of a class."""
    block = module.parent(function)
    return block is not None and isinstance(module.parent(block), cst.ClassDef)


def _check_bases(module: Module, name: str, within: cst.CSTNode) -> None:
    """A base that is not to be seen may call what a class has: it knows no further parameter."""
    made = next(outer for _, outer in module.parents(within) if isinstance(outer, cst.ClassDef))
    for base in (*made.bases, *made.keywords):
        spelt = module.short(base.value)
        bound = [each.node for each in bindings(module, made, spelt)]
        if len(bound) == 1 and isinstance(bound[0], cst.ClassDef):
            _check_bases(module, name, bound[0].body)
        elif spelt != "object" and not _is_view(module, base.value, name):
            raise RefusedError(reasons.INHERITS.format(name, spelt))


def _check_subclasses(project: Project, module: Module, function: cst.FunctionDef) -> None:
    """What else a subclass inherits from may call what it has by a class of the project's."""
    name = function.name.value
    waiting = [o.name.value for _, o in module.parents(function) if isinstance(o, cst.ClassDef)][:1]
    seen = {*waiting, "object"}
    texts = [text for path, text in project.texts().items() if path.suffix == ".py"]
    while waiting:
        base = re.escape(waiting.pop())
        form = re.compile(rf"\bclass\s+(\w+)\s*\(([^)]*\b{base}\b[^)]*)\)")
        for made, bases in (found.groups() for text in texts for found in form.finditer(text)):
            others = [each for each in re.split(r"[\s,]+", bases) if each]
            other = next((o for o in others if o.rpartition(".")[2] not in seen), "")
            if other:
                raise RefusedError(reasons.INHERITS.format(name, other))
            if made not in seen:
                seen.add(made)
                waiting.append(made)


def _check_lookups(project: Project, module: Module, name: str) -> None:
    """Look whether somebody asks the module, or an object, for a name that is not written out."""
    for node in module.nodes:
        if _looks_up(node):
            raise RefusedError(reasons.LOOKED_UP.format(name, module.short(node)))
    stem = re.escape(_stem(module.path))
    form = re.compile(rf"\b(getattr|vars)\(\s*(\w+\.)*{stem}\b|\b{stem}\.__dict__")
    for path, text in project.texts().items():
        if path != module.path and (found := form.search(text)):
            raise RefusedError(reasons.LOOKED_UP.format(name, found[0]))


def _looks_up(node: cst.CSTNode) -> bool:
    match node:
        case cst.Attribute(value=cst.Name("sys"), attr=cst.Name("modules")):
            return True
        case cst.Call(func=cst.Name("globals" | "vars"), args=[]):
            return True
        case cst.Call(func=cst.Name("getattr"), args=[_, cst.Arg(value=asked), *_]):
            return not isinstance(asked, cst.SimpleString)
    return False


def _stem(path: Path) -> str:
    return path.parent.name if path.stem == "__init__" else path.stem


def _is_view(module: Module, base: cst.BaseExpression, name: str) -> bool:
    """Whether a base is one of Flask's views, which call methods of a few names only."""
    return qualified(module, base) in VIEWS and name not in DISPATCHED


def _is_local(module: Module, function: cst.FunctionDef) -> bool:
    """Whether nobody outside the function around it can name it."""
    return not is_method(module, function) and any(module.functions(function))


def _made_once(module: Module, function: cst.FunctionDef) -> bool:
    name = function.name.value
    if is_method(module, function):
        made = [n.name.value for n in module.nodes if isinstance(n, cst.FunctionDef)]
        return made.count(name) == 1
    bound = bindings(module, function, name)
    return len(bound) == 1 and bound[0].node is function


def _mentions(module: Module, home: Module, function: cst.FunctionDef) -> Iterator[cst.CSTNode]:
    """Yield what may stand in ``module`` for a function that is made in ``home``."""
    name, hidden = function.name.value, _is_local(home, function)
    method = is_method(home, function)
    for node in module.nodes:
        match node:
            case cst.Name(value) if value == name and is_use(module, node):
                if _may_mean(module, node, function):
                    yield node
            case cst.Attribute(attr=cst.Name(value)) if value == name and not hidden:
                if method or _of_module(module, node):
                    yield node
            case cst.SimpleString() if not hidden and _spells(node, name):
                if not _names_thread(module, node):
                    yield node


def _may_mean(module: Module, node: cst.Name, function: cst.FunctionDef) -> bool:
    bound = bindings(module, node, node.value)
    imported = any(isinstance(each, ImportAssignment) for each in bound)
    return not bound or imported or any(each.node is function for each in bound)


def _of_module(module: Module, node: cst.Attribute) -> bool:
    """Whether an attribute may be a module's: not where it is asked of a variable."""
    if not isinstance(node.value, cst.Name):
        return True
    bound = bindings(module, node, node.value.value)
    return any(isinstance(each, ImportAssignment) for each in bound)


def _spells(node: cst.SimpleString, name: str) -> bool:
    """Whether a string is a name, or calls it, as the examples of a docstring do."""
    value = node.evaluated_value
    if not isinstance(value, str):
        return False
    called = re.search(rf"\b{re.escape(name)}\(", value) is not None
    return called or value.replace(":", ".").rpartition(".")[2] == name


def _names_thread(module: Module, node: cst.SimpleString) -> bool:
    """Whether a string is what a thread is called: ``Thread(target=work, name="work")``."""
    arg = module.parent(node)
    call = module.parent(arg) if isinstance(arg, cst.Arg) else None
    named = isinstance(arg, cst.Arg) and arg.keyword is not None and arg.keyword.value == "name"
    return named and isinstance(call, cst.Call) and last_name(call.func) in STARTED


def _check_others(
    project: Project, module: Module, function: cst.FunctionDef, parsed: Collection[object]
) -> None:
    name, stubs = function.name.value, {module.path.with_suffix(".pyi")}
    stems = _stems(project, module)
    for path, text in project.texts().items():
        if path in parsed or not speaks_of(text, name):
            continue
        if path.suffix in TEMPLATES:
            used = _may_show(text, name)
        elif is_method(module, function):
            used = _may_call(text, name)
        else:
            used = path in stubs or _may_import(module, text, name, stems)
        if used:
            shown = Path(os.path.relpath(path, project.root)).as_posix()
            raise RefusedError(reasons.ELSEWHERE.format(name, shown))


def _stems(project: Project, module: Module) -> set[str]:
    """Return the names of a module, and of those that hand on what it makes."""
    stems = {_stem(module.path)}
    hands_on = {
        path: text
        for path, text in project.texts().items()
        if path.name == "__init__.py" or re.search(r"\bimport\s*\*", text)
    }
    while (
        further := {
            _stem(path)
            for path, text in hands_on.items()
            if any(speaks_of(text, stem) for stem in stems)
        }
        - stems
    ):
        stems |= further
    return stems


def _may_show(text: str, name: str) -> bool:
    """Whether a template may call a function or method of that name."""
    return re.search(rf"\.\s*{re.escape(name)}\b|\b{re.escape(name)}\s*\(", text) is not None


def _may_call(text: str, name: str) -> bool:
    """Whether another file may call a method of that name, or makes another of it."""
    spelt = re.escape(name)
    forms = rf"\.\s*{spelt}\b|^[ \t]+(async[ \t]+)?def[ \t]+{spelt}\b|[\"'.:]{spelt}[\"']"
    return re.search(forms, text, re.MULTILINE) is not None


def _may_import(module: Module, text: str, name: str, stems: Collection[str]) -> bool:
    """Whether another file may have got at what a module makes, or at the module by a fixture."""
    if re.search(rf"\.\s*{re.escape(name)}\s*\(", text):
        return True
    nearby = module.path.stem == "__init__" and "from ." in text
    return nearby or any(speaks_of(text, stem) for stem in stems)
