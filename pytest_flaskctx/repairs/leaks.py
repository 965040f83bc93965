"""A finding, found again in the source: the use, the task function, the hand-over."""

from __future__ import annotations

from typing import NamedTuple

import libcst as cst

from pytest_flaskctx.facts import OriginKind
from pytest_flaskctx.findings import Finding, Handover, Site
from pytest_flaskctx.repairs import reasons
from pytest_flaskctx.repairs.modules import Function, Module, name_of
from pytest_flaskctx.repairs.offers import Offer, names, offers
from pytest_flaskctx.repairs.outcome import RefusedError
from pytest_flaskctx.repairs.places import Place, maker, place
from pytest_flaskctx.repairs.project import Project
from pytest_flaskctx.repairs.proxies import bindings
from pytest_flaskctx.repairs.references import is_method
from pytest_flaskctx.repairs.tasks import definition

REPAIRED = {"FCX101", "FCX201", "FCX202", "FCX207"}
POOLED = ("submit", "map", "run_in_executor")
"""Kinds of which an executor of threads or one of processes may run the task."""


class Leak(NamedTuple):
    """What one finding is about.

    Attributes:
        module: the file of the use.
        use: the expression that ran.
        task: the function that was handed over.
        place: where it was handed over.
        offer: how it is named there.
        elsewhere: whether it runs in another process.
        bound: whether a context of its own request was there, which something has brought along.
    """

    module: Module
    use: cst.BaseExpression
    task: Function
    place: Place
    offer: Offer
    elsewhere: bool
    bound: bool


def check_kind(finding: Finding) -> Handover:
    """Return the hand-over of a finding that a passed value can mend.

    Raises:
        RefusedError: where it is of another kind.
    """
    if finding.code not in REPAIRED:
        raise RefusedError(reasons.RULES.get(finding.code, reasons.OTHER_RULE))
    if finding.status == "library":
        raise RefusedError(reasons.LIBRARY)
    handed = finding.handover
    if handed is None:
        raise RefusedError(reasons.NO_HANDOVER)
    if handed.origin.kind == "eager":
        raise RefusedError(reasons.EAGER)
    if finding.request is None or handed.origin.request is None:
        raise RefusedError(reasons.NO_REQUEST)
    if handed.nested:
        raise RefusedError(reasons.NESTED)
    if _by_other_thread(finding, handed):
        raise RefusedError(reasons.OTHER_THREAD)
    if handed.site is None:
        raise RefusedError(reasons.NO_SITE)
    return handed


def _by_other_thread(finding: Finding, handed: Handover) -> bool:
    """Whether the thread that handed over had the context of another one only."""
    context, parent = finding.context, handed.parent
    if context is None or not context.same_request:
        return False
    serving = handed
    if parent is not None and parent.origin.request == handed.origin.request:
        # Flask runs the body of an `async def` view in a thread beside.
        serving = parent
    return serving.origin.thread != context.owner


def leak_of(project: Project, finding: Finding) -> Leak:
    """Return where the use and the hand-over of a finding stand in the source.

    Raises:
        RefusedError: where either cannot be read.
    """
    handed = check_kind(finding)
    module = project.module(finding.site.file)
    use = _located(module, finding.site)
    site = handed.site or finding.site
    home = project.module(site.file)
    located = _located(home, site)
    call = located.expression if isinstance(located, cst.Await) else located
    if not isinstance(call, cst.Call):
        raise RefusedError(reasons.NOT_A_CALL.format(site.expression))
    kind = handed.origin.kind
    made = maker(home, call, kind)
    where = place(home, made, home.short(made))
    task, offer = _task(project, module, use, where, kind)
    elsewhere = _elsewhere(finding, kind, offer)
    bound = finding.code in ("FCX201", "FCX207") and not elsewhere
    return Leak(module, use, task, where, offer, elsewhere, bound)


def _located(module: Module, site: Site) -> cst.BaseExpression:
    if site.column is None:
        raise RefusedError(reasons.NO_COLUMNS)
    column, text = site.column, site.expression
    if text.startswith("{") and text.endswith("}"):
        found = module.at(site.line, column + 1, text[1:-1].strip())
    else:
        found = module.at(site.line, column, text)
    if found is None:
        raise RefusedError(reasons.CHANGED.format(module.name, text))
    return found


def _task(
    project: Project, module: Module, use: cst.BaseExpression, where: Place, kind: OriginKind
) -> tuple[Function, Offer]:
    around = list(module.functions(use))
    if not around:
        raise RefusedError(reasons.MODULE_LEVEL_USE.format(module.short(use)))
    if around[0] is where.function:
        raise RefusedError(reasons.SAME_FUNCTION.format(module.short(use)))
    offered = list(offers(where.module, where.call, kind))
    if not offered:
        raise RefusedError(reasons.NOT_A_CALL.format(where.shown))
    for function in around:
        for offer in offered:
            if names(offer, function) and _surely(project, where.module, offer, function, module):
                return function, offer
    raise RefusedError(reasons.DEEPER.format(name_of(around[0]), where.shown))


def _surely(
    project: Project, home: Module, offer: Offer, function: Function, module: Module
) -> bool:
    """Whether an expression of a function's name is that function."""
    if offer.function is function:
        return True
    is_attribute = isinstance(offer.function, cst.Attribute)
    if is_attribute and isinstance(function, cst.FunctionDef) and is_method(module, function):
        return True
    found = definition(project, home, offer.function)
    if found is None and isinstance(offer.function, cst.Name):
        bound = bindings(home, offer.function, offer.function.value)
        if any(each.node is function for each in bound):
            raise RefusedError(reasons.REDEFINED.format(name_of(function), home.name))
    return found is not None and found[1] is function


def _elsewhere(finding: Finding, kind: OriginKind, offer: Offer) -> bool:
    """Whether a task ran in another process, and its arguments were pickled."""
    if kind in POOLED:
        # A pool's thread is never the main one of its process, a pool's process has no other.
        return finding.thread == "MainThread"
    is_task = offer.way != "wrap" or offer.call.args[0].value is offer.function
    return kind in ("process", "processpool") and is_task
