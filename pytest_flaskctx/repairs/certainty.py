"""Whether an expression is evaluated whenever its function runs, and at once.

A read that may raise is moved into the view only where the task would have made it for certain:
else a request might fail that is served today.
"""

from __future__ import annotations

from itertools import takewhile

import libcst as cst

from pytest_flaskctx.repairs import reasons
from pytest_flaskctx.repairs.modules import Function, Module, last_name, walk

_LATER = (cst.FunctionDef, cst.Lambda, cst.ClassDef, cst.GeneratorExp)
_ENDS = (cst.Return, cst.Raise, cst.Break, cst.Continue, cst.Assert, cst.Yield)
_SILENCERS = {"suppress", "raises", "ExitStack"}


def doubt(module: Module, node: cst.CSTNode, function: Function) -> str:
    """Return where a node stands that it may not be evaluated there, empty where it surely is."""
    steps = takewhile(lambda step: step[1] is not function, module.parents(node))
    return next((said for step in steps if (said := _of_step(*step))), "")


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
    before = takewhile(lambda each: each is not inner, outer.body)
    runs = (each for each in before if not isinstance(each, _LATER))
    return any(isinstance(node, _ENDS) for each in runs for node in walk(each))
