"""Who else speaks of a task function: whoever does would call it without the value."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import libcst as cst
from libcst.metadata import ImportAssignment

from pytest_flaskctx.repairs import reasons
from pytest_flaskctx.repairs.modules import Module, walk
from pytest_flaskctx.repairs.outcome import RefusedError
from pytest_flaskctx.repairs.project import Project, speaks_of
from pytest_flaskctx.repairs.proxies import bindings, is_use, qualified

VIEWS = {"flask.views.View", "flask.views.MethodView"}
DISPATCHED = {
    "as_view", "delete", "dispatch_request", "get", "head", "options", "patch", "post", "put",
    "trace",
}  # fmt: skip


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
        _check_bases(module, name, function)
    if not _made_once(module, function):
        raise RefusedError(reasons.REDEFINED.format(name, module.name))
    known = {id(node) for _, node in handed}
    homes = {home.path: home for home, _ in handed} | {module.path: module}
    for home in homes.values():
        for node in _mentions(home, module, function):
            if id(node) not in known:
                raise RefusedError(reasons.ELSEWHERE.format(name, home.place(node)))
    if not _is_local(module, function):
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


def _is_view(module: Module, base: cst.BaseExpression, name: str) -> bool:
    """Whether a base is one of Flask's views, which call methods of a few names only."""
    return qualified(module, base) in VIEWS and name not in DISPATCHED


def _is_local(module: Module, function: cst.FunctionDef) -> bool:
    """Whether nobody outside the function around it can name it."""
    return not is_method(module, function) and any(module.functions(function))


def _made_once(module: Module, function: cst.FunctionDef) -> bool:
    name = function.name.value
    if is_method(module, function):
        made = [n.name.value for n in walk(module.tree) if isinstance(n, cst.FunctionDef)]
        return made.count(name) == 1
    bound = bindings(module, function, name)
    return len(bound) == 1 and bound[0].node is function


def _mentions(module: Module, home: Module, function: cst.FunctionDef) -> Iterator[cst.CSTNode]:
    """Yield what may stand in ``module`` for a function that is made in ``home``."""
    name, hidden = function.name.value, _is_local(home, function)
    method = is_method(home, function)
    for node in walk(module.tree):
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
    value = node.evaluated_value
    return isinstance(value, str) and value.replace(":", ".").rpartition(".")[2] == name


def _names_thread(module: Module, node: cst.SimpleString) -> bool:
    """Whether a string is what a thread is called: ``Thread(target=work, name="work")``."""
    match module.parent(node):
        case cst.Arg(keyword=cst.Name("name")):
            return True
    return False


def _check_others(
    project: Project, module: Module, function: cst.FunctionDef, parsed: Collection[object]
) -> None:
    name = function.name.value
    for path, text in project.texts().items():
        if path in parsed or not speaks_of(text, name):
            continue
        known = _may_call if is_method(module, function) else _may_import
        if known(module, text, name):
            shown = path.relative_to(project.root).as_posix()
            raise RefusedError(reasons.ELSEWHERE.format(name, shown))


def _may_call(_module: Module, text: str, name: str) -> bool:
    """Whether another file may call a method of that name, or makes another of it."""
    spelt = re.escape(name)
    forms = rf"\.\s*{spelt}\b|^[ \t]+(async[ \t]+)?def[ \t]+{spelt}\b|[\"'.:]{spelt}[\"']"
    return re.search(forms, text, re.MULTILINE) is not None


def _may_import(module: Module, text: str, _name: str) -> bool:
    """Whether another file may have got at what a module makes."""
    if module.path.stem == "__init__":
        return speaks_of(text, module.path.parent.name) or "from ." in text
    return speaks_of(text, module.path.stem)
