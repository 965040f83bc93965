"""Where a task is handed over, and before which statement the values for it can be read."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile
from typing import NamedTuple

import libcst as cst

from pytest_flaskctx.facts import OriginKind
from pytest_flaskctx.repairs import reasons
from pytest_flaskctx.repairs.modules import Module, last_name
from pytest_flaskctx.repairs.offers import STARTED
from pytest_flaskctx.repairs.outcome import RefusedError
from pytest_flaskctx.repairs.proxies import qualified

THREADS = {"threading.Thread", "threading.Timer", "multiprocessing.Process"}
BLOCKS = (cst.IndentedBlock, cst.Module, cst.SimpleStatementSuite)
OF_CONTEXT = {"Process", "Thread", "Timer"}


class Place(NamedTuple):
    """Where a task is handed over.

    Attributes:
        module: the file.
        call: the call that is to carry the value.
        statement: before which the value is to be read.
        function: the function around it.
        shown: the call that handed over, as a sentence shows it.
        skipped: whether the hand-over may be skipped when the statement runs.
        caught: whether it stands in a ``try`` that has handlers.
    """

    module: Module
    call: cst.Call
    statement: cst.BaseStatement
    function: cst.FunctionDef
    shown: str
    skipped: bool
    caught: bool


def maker(module: Module, call: cst.Call, kind: OriginKind) -> cst.Call:
    """Return the call that makes what ``call`` starts, or ``call`` itself where it makes it.

    Raises:
        RefusedError: where that cannot be told.
    """
    if kind not in STARTED:
        return call
    shown = module.short(call)
    if not isinstance(call.func, cst.Attribute) or call.func.attr.value != "start":
        raise RefusedError(reasons.NOT_A_CALL.format(shown))
    made = call.func.value
    if not isinstance(made, cst.Call):
        made = _made_before(module, call, made)
    dotted = qualified(module, made.func)
    # `context.Process`: which start method it is does not matter.
    of_context = isinstance(made.func, cst.Attribute) and last_name(made.func) in OF_CONTEXT
    if dotted not in THREADS and not (of_context and not dotted):
        raise RefusedError(reasons.UNKNOWN_CLASS.format(module.short(made.func)))
    return made


def _made_before(module: Module, call: cst.Call, kept: cst.BaseExpression) -> cst.Call:
    """Return the call whose result was assigned to ``kept`` in the same block."""
    shown = module.short(kept)
    statement = next((n for n, _ in module.parents(call) if isinstance(n, cst.BaseStatement)), None)
    block = module.parent(statement) if statement is not None else None
    before = list(takewhile(lambda each: each is not statement, getattr(block, "body", ())))
    while before:
        last = before.pop()
        if made := _assigning(module, last, shown):
            return made
        if not _changes_nothing(module, last, shown):
            raise RefusedError(reasons.BETWEEN.format(shown))
    raise RefusedError(reasons.STARTED_ELSEWHERE.format(shown))


def _assigning(module: Module, statement: cst.CSTNode, shown: str) -> cst.Call | None:
    """Return the call whose result a statement keeps under that name."""
    match statement:
        case cst.SimpleStatementLine(
            body=[
                cst.Expr(
                    value=cst.Call(
                        func=cst.Attribute(value=kept, attr=cst.Name("append")),
                        args=[cst.Arg(value=cst.Call() as made, star="")],
                    )
                )
            ]
        ) if f"{module.short(kept)}[-1]" == shown:
            return made
        case cst.SimpleStatementLine(
            body=[
                cst.Assign(targets=[cst.AssignTarget(target=target)], value=cst.Call() as made)
                | cst.AnnAssign(target=target, value=cst.Call() as made)
            ]
        ) if module.short(target) == shown:
            return made
    return None


def _changes_nothing(module: Module, statement: cst.CSTNode, shown: str) -> bool:
    """Whether a statement does nothing but keep or adjust what was made."""
    match statement:
        case cst.SimpleStatementLine(
            body=[
                cst.Assign(
                    targets=[cst.AssignTarget(target=cst.Attribute(value=owner))],
                    value=cst.Name() | cst.SimpleString(),
                )
            ]
        ):
            return module.short(owner) == shown
        case cst.SimpleStatementLine(
            body=[
                cst.Expr(
                    value=cst.Call(
                        func=cst.Attribute(value=kept, attr=cst.Name("append" | "add")),
                        args=[cst.Arg(value=given)],
                    )
                )
            ]
        ):
            return module.short(given) == shown and not _calls(kept)
    return False


def _calls(node: cst.BaseExpression) -> bool:
    return not isinstance(node, cst.Name | cst.Attribute) or (
        isinstance(node, cst.Attribute) and _calls(node.value)
    )


def place(module: Module, call: cst.Call, shown: str) -> Place:
    """Return where a call stands, and what is to be known of that.

    Raises:
        RefusedError: where nothing can be put before it that would run at the same time.
    """
    steps = list(module.parents(call))
    within = list(takewhile(lambda step: not isinstance(step[1], BLOCKS), steps))
    if any(isinstance(outer, cst.Lambda | cst.GeneratorExp) for _, outer in within):
        raise RefusedError(reasons.WITHIN_LAMBDA.format(shown))
    inner, block = steps[len(within)]
    if isinstance(block, cst.SimpleStatementSuite):
        raise RefusedError(reasons.SEVERAL.format(shown))
    statement = _statement(module, inner, call, shown)
    function = next(iter(module.functions(call)), None)
    if not isinstance(function, cst.FunctionDef):
        raise RefusedError(reasons.MODULE_LEVEL_HANDOVER.format(shown))
    if any(isinstance(outer, cst.ClassDef) for _, outer in _up_to(steps, function)):
        raise RefusedError(reasons.CLASS_BODY.format(shown))
    skipped = any(_may_skip(inner, outer) for inner, outer in within)
    caught = any(_catches(inner, outer) for inner, outer in _up_to(steps, function))
    return Place(module, call, statement, function, shown, skipped, caught)


def _up_to(
    steps: Iterable[tuple[cst.CSTNode, cst.CSTNode]], function: cst.FunctionDef
) -> Iterable[tuple[cst.CSTNode, cst.CSTNode]]:
    return takewhile(lambda step: step[1] is not function, steps)


def _catches(inner: cst.CSTNode, outer: cst.CSTNode) -> bool:
    return isinstance(outer, cst.Try | cst.TryStar) and inner is outer.body and bool(outer.handlers)


def _may_skip(inner: cst.CSTNode, outer: cst.CSTNode) -> bool:
    """Whether an expression is not evaluated whenever what it stands in is."""
    if isinstance(outer, cst.BooleanOperation):
        return inner is not outer.left
    if isinstance(outer, cst.IfExp):
        return inner is not outer.test
    return isinstance(outer, cst.ListComp | cst.SetComp | cst.DictComp)


def _statement(module: Module, node: cst.CSTNode, call: cst.Call, shown: str) -> cst.BaseStatement:
    match node:
        case cst.SimpleStatementLine(body=body):
            if len(body) > 1:
                raise RefusedError(reasons.SEVERAL.format(shown))
            return node
        case cst.For(iter=head) | cst.If(test=head):
            if _within(module, call, head):
                return node
        case cst.With(items=[cst.WithItem(item=head), *_]):
            if _within(module, call, head):
                return node
    raise RefusedError(reasons.HEAD.format(shown))


def _within(module: Module, node: cst.CSTNode, whole: cst.CSTNode) -> bool:
    return node is whole or any(outer is whole for _, outer in module.parents(node))
