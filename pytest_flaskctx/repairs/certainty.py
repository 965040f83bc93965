"""Whether an expression is evaluated whenever its function runs, and at once.

A read that may raise is moved into the view only where the task would have made it for certain:
else a request might fail that is served today.
"""

from __future__ import annotations

from itertools import takewhile

import libcst as cst

from pytest_flaskctx.repairs import reasons
from pytest_flaskctx.repairs.modules import Function, Module, last_name, walk
from pytest_flaskctx.repairs.project import Project
from pytest_flaskctx.repairs.tasks import called_in

_LATER = (cst.FunctionDef, cst.Lambda, cst.ClassDef, cst.GeneratorExp)
_ENDS = (cst.Return, cst.Raise, cst.Break, cst.Continue, cst.Assert, cst.Yield)
_EXITS = {"_exit", "abort", "exit", "quit"}
_SILENCERS = {"suppress", "raises", "ExitStack"}


def doubt(project: Project, module: Module, node: cst.CSTNode, function: Function) -> str:
    """Return where a node stands that it may not be evaluated there, empty where it surely is."""
    steps = list(takewhile(lambda step: step[1] is not function, module.parents(node)))
    if said := next((said for step in steps if (said := _of_step(*step))), ""):
        return said
    suites = [(inner, outer) for inner, outer in steps if isinstance(outer, cst.BaseSuite)]
    before = [each for step in suites for each in _before(*step)]
    ended = any(_call_ends(project, module, each) for each in before)
    return reasons.SKIPPED if ended else ""


def _of_step(inner: cst.CSTNode, outer: cst.CSTNode) -> str:
    if isinstance(outer, cst.BaseSuite):
        return reasons.SKIPPED if _may_end(inner, outer) else ""
    if isinstance(outer, _LATER):
        return reasons.DEFERRED
    if isinstance(outer, cst.Try | cst.TryStar):
        return reasons.IN_TRY
    if isinstance(outer, cst.For | cst.While):
        head = outer.iter if isinstance(outer, cst.For) else outer.test
        return "" if inner is head else reasons.IN_LOOP
    if isinstance(outer, cst.With):
        return _of_with(inner, outer)
    return _of_choice(inner, outer)


def _of_with(inner: cst.CSTNode, outer: cst.With) -> str:
    before = [item for item in outer.items if item is not inner]
    calls = (item.item for item in before if isinstance(item.item, cst.Call))
    silent = any(last_name(call.func) in _SILENCERS for call in calls)
    return reasons.SUPPRESSED if silent else ""


def _of_choice(inner: cst.CSTNode, outer: cst.CSTNode) -> str:
    match outer:
        case cst.If(test=first) | cst.IfExp(test=first) | cst.Assert(test=first):
            return "" if inner is first else reasons.CONDITION
        case cst.Match(subject=first):
            return "" if inner is first else reasons.CONDITION
        case cst.BooleanOperation(left=first):
            return "" if inner is first else reasons.SHORTENED
        case cst.Comparison(left=first, comparisons=[second, *_]):
            return "" if inner in (first, second) else reasons.SHORTENED
    return reasons.IN_LOOP if isinstance(outer, cst.BaseComp) else ""


def _may_end(inner: cst.CSTNode, outer: cst.BaseSuite) -> bool:
    """Whether a statement before ``inner`` may leave the block."""
    return any(isinstance(node, _ENDS) for each in _before(inner, outer) for node in walk(each))


def _before(inner: cst.CSTNode, outer: cst.BaseSuite) -> list[cst.CSTNode]:
    """Return the statements of a block that run before ``inner``."""
    before = takewhile(lambda each: each is not inner, outer.body)
    return [each for each in before if not isinstance(each, _LATER)]


def _call_ends(project: Project, module: Module, statement: cst.CSTNode) -> bool:
    """Whether what a statement calls may raise, as far as that can be followed."""
    seen: list[cst.CSTNode] = []
    waiting: list[tuple[Module, cst.CSTNode]] = [(module, statement)]
    while waiting:
        home, node = waiting.pop()
        if any(_raises(each) for each in walk(node)):
            return True
        for found, helper in called_in(project, home, node):
            if helper not in seen:
                seen.append(helper)
                waiting.append((found, helper.body))
    return False


def _raises(node: cst.CSTNode) -> bool:
    called = last_name(node.func) if isinstance(node, cst.Call) else ""
    return isinstance(node, cst.Raise | cst.Assert) or called in _EXITS
