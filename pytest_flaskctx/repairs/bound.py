"""Whether what a name was imported as is what it means where a value is read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import dropwhile

import libcst as cst

from pytest_flaskctx.repairs import reasons
from pytest_flaskctx.repairs.modules import Module
from pytest_flaskctx.repairs.outcome import RefusedError
from pytest_flaskctx.repairs.proxies import bindings


def check_bound(module: Module, node: cst.CSTNode, dotted: str) -> None:
    """Look whether an imported name is surely bound where ``node`` is evaluated.

    Args:
        module: where that is.
        node: an expression.
        dotted: the name, or an attribute of it.

    Raises:
        RefusedError: where an import may not have run, or another one may have hidden it.
    """
    name = dotted.partition(".")[0]
    made = [each.node for each in bindings(module, node, name)]
    if not any(_runs_before(module, each, node) for each in made):
        raise RefusedError(reasons.PERHAPS_UNBOUND.format(name, module.name))
    check_stars(module, name, max(module.line(each) for each in made))


def check_stars(module: Module, name: str, line: int = 0) -> None:
    """Look whether an import of ``*`` below a line may bind a name.

    Raises:
        RefusedError: where there is one that is not of Flask.
    """
    for star in _stars(module):
        home = module.short(star.module) if star.module is not None else ""
        if module.line(star) > line and (star.relative or home.partition(".")[0] != "flask"):
            raise RefusedError(reasons.STAR.format(module.name, name))


def _stars(module: Module) -> Iterator[cst.ImportFrom]:
    for node in module.nodes:
        if isinstance(node, cst.ImportFrom) and isinstance(node.names, cst.ImportStar):
            yield node


def _runs_before(module: Module, bound: cst.CSTNode, node: cst.CSTNode) -> bool:
    """Whether a statement has run whenever ``node`` is evaluated.

    At the top level of the module all have, but for those under a condition.
    """
    outer = [bound, *(each for _, each in module.parents(bound))]
    functions = list(module.functions(bound))
    if not functions:
        return not any(isinstance(each, cst.If) for each in outer)
    around = {id(each) for each in (node, *(each for _, each in module.parents(node)))}
    steps = module.parents(bound)
    inner, block = next(step for step in steps if isinstance(step[1], cst.BaseSuite))
    behind = dropwhile(lambda each: each is not inner, block.children)
    return any(id(each) in around for each in behind)
