"""Objects of Flask's extensions, which look up the application whenever they are used."""

from __future__ import annotations

import libcst as cst
from libcst.metadata import Assignment

from pytest_flaskctx.repairs.modules import Module
from pytest_flaskctx.repairs.project import Project
from pytest_flaskctx.repairs.proxies import bindings, is_use, qualified

PREFIX = "flask_"


def of_extension(project: Project, module: Module, node: cst.CSTNode) -> bool:
    """Whether a name stands for what an extension made: ``mail = Mail()``, here or elsewhere."""
    if not isinstance(node, cst.Name) or not is_use(module, node):
        return False
    if any(_is_made(module, each) for each in bindings(module, node, node.value)):
        return True
    home, _, name = qualified(module, node).rpartition(".")
    found = project.find(home) if home else None
    if found is None:
        return False
    return any(_is_made(found, each) for each in bindings(found, found.tree, name))


def _is_made(module: Module, binding: Assignment) -> bool:
    made = module.parent(binding.node)
    match module.parent(made) if isinstance(made, cst.AssignTarget) else made:
        case cst.Assign(value=cst.Call(func=func)) | cst.AnnAssign(value=cst.Call(func=func)):
            return qualified(module, func).startswith(PREFIX)
    return False
