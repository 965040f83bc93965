"""What the function that hands over does besides, that an earlier or moved read might notice."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from itertools import takewhile

import libcst as cst

from pytest_flaskctx.repairs import reasons
from pytest_flaskctx.repairs.managers import is_builtin, unknown_around
from pytest_flaskctx.repairs.modules import Function, Module, last_name, walk
from pytest_flaskctx.repairs.offers import Offer
from pytest_flaskctx.repairs.outcome import RefusedError
from pytest_flaskctx.repairs.places import Place
from pytest_flaskctx.repairs.project import Project
from pytest_flaskctx.repairs.proxies import qualified, root_of, roots
from pytest_flaskctx.repairs.reads import BODY, DICT_READS, TEXT_READS
from pytest_flaskctx.repairs.sharing import check_later, is_shared
from pytest_flaskctx.repairs.tasks import called_in, definition
from pytest_flaskctx.repairs.values import Value

STEADY = {"request", "request_ctx", "current_app", "app_ctx"}
"""Proxies of which a read comes to the same whenever the view makes it."""

BODY_ELSEHOW = {"environ", "get_data", "input_stream", "stream"}
"""What gives the body to one only."""

AFTER_ERRORS = {"app_errorhandler", "errorhandler"}

READERS = DICT_READS | TEXT_READS | {"getlist"}
MAKERS = {"apply_async", "copy_context", "copy_current_request_context", "partial", "submit"}
"""Calls that make what is handed over, or hand something over themselves."""


def check_handover(project: Project, place: Place, values: Sequence[Value], task: Function) -> None:
    """Look whether the function that hands over would notice that it reads values before.

    Raises:
        RefusedError: where it might.
    """
    _check_raising(place, values)
    _check_body(project, place, values, task)
    for value in values:
        if value.use.kind == "object" or is_shared(value.use.kind, value.use.node):
            proxy = value.use.root.proxy
            check_later(place.module, place.function, task, proxy, value.text)
    changeable = [value for value in values if value.use.root.proxy not in STEADY]
    if not changeable:
        return
    for call in _called_before(place, task):
        if not _is_harmless(project, place.module, call):
            shown = place.module.short(call.func), changeable[0].text
            raise RefusedError(reasons.STATEMENT_UNKNOWN.format(*shown))


def fitted(project: Project, offer: Offer) -> Offer:
    """Return an offer as it is to be used where the project has executors of its own.

    Theirs may take no keywords, or one argument only: a ``partial`` goes through any of them.
    """
    form = re.compile(rf"\bdef\s+{re.escape(last_name(offer.call.func))}\s*\(([^)]*)\)")
    texts = project.texts().values() if offer.way == "tail" else ()
    taken = [found[1] for text in texts for found in form.finditer(text)]
    if any(not re.search(r"\*\s*\w", params) for params in taken):
        return offer._replace(way="wrap")
    return offer._replace(by_keyword=False) if any("**" not in p for p in taken) else offer


def _check_raising(place: Place, values: Sequence[Value]) -> None:
    """A read that raises is to fail as a request does, and to change nothing else."""
    raising = next((value.text for value in values if value.use.raises), "")
    if not raising:
        return
    if manager := unknown_around(place.module, place.call, place.function):
        raise RefusedError(reasons.SWALLOWED.format(raising, manager))
    if _cleans_up(place):
        raise RefusedError(reasons.CLEANS_UP.format(raising))
    name = place.function.name.value
    for call in place.module.nodes:
        if isinstance(call, cst.Call) and last_name(call.func) == name and _tried(place, call):
            raise RefusedError(reasons.CAUGHT_BY_CALLER.format(raising, name))


def _cleans_up(place: Place) -> bool:
    """Whether a hand-over stands in a ``finally``, or in what Flask calls after an error."""
    for decorator in place.function.decorators:
        made = decorator.decorator
        name = last_name(made.func if isinstance(made, cst.Call) else made)
        if name in AFTER_ERRORS or name.startswith("teardown_"):
            return True
    steps = place.module.parents(place.call)
    within = takewhile(lambda step: step[1] is not place.function, steps)
    return any(isinstance(outer, cst.Finally) for _, outer in within)


def _tried(place: Place, call: cst.Call) -> bool:
    """Whether an exception of a call's might be caught where it is made."""
    steps = place.module.parents(call)
    return any(
        isinstance(outer, cst.Try | cst.TryStar) and inner is outer.body and outer.handlers
        for inner, outer in steps
    )


def _check_body(project: Project, place: Place, values: Sequence[Value], task: Function) -> None:
    """The body of a request can be read in one way only: by whoever comes first."""
    read = next((value for value in values if _reads_body(value)), None)
    if read is None:
        return
    seen: list[cst.CSTNode] = [task]
    waiting: list[tuple[Module, cst.CSTNode]] = [(place.module, place.function.body)]
    while waiting:
        module, body = waiting.pop()
        for node in _besides(body, task):
            if _takes_body(module, node):
                raise RefusedError(reasons.BODY_READ.format(read.text, module.short(node)))
        for home, helper in called_in(project, module, body):
            if helper not in seen:
                seen.append(helper)
                waiting.append((home, helper.body))


def _reads_body(value: Value) -> bool:
    of_request = value.use.root.proxy in ("request", "request_ctx")
    nodes = (node for node in walk(value.use.node) if isinstance(node, cst.Attribute))
    return of_request and any(node.attr.value in BODY for node in nodes)


def _takes_body(module: Module, node: cst.CSTNode) -> bool:
    """Whether a node may be the body itself, or the whole request, of which it may be asked."""
    if isinstance(node, cst.Attribute):
        return node.attr.value in BODY_ELSEHOW
    root = root_of(module, node)
    return root is not None and root.proxy == "request" and _is_given(module, root.node)


def _is_given(module: Module, node: cst.CSTNode) -> bool:
    return isinstance(module.parent(node), cst.Arg)


def _besides(node: cst.CSTNode, task: Function) -> Iterator[cst.CSTNode]:
    """Yield what is in a node, less a task that is made there."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if current is not task:
            yield current
            waiting += current.children


def _called_before(place: Place, task: Function) -> Iterator[cst.Call]:
    """Yield the calls of a statement's that are made before the task is handed over."""
    around = {id(place.call), *(id(outer) for _, outer in place.module.parents(place.call))}
    waiting: list[cst.CSTNode] = [place.statement]
    while waiting:
        node = waiting.pop()
        if node is task or isinstance(node, cst.Lambda | cst.BaseSuite):
            continue
        if isinstance(node, cst.Call) and id(node) not in around:
            yield node
        waiting += node.children


def _is_harmless(project: Project, module: Module, call: cst.Call) -> bool:
    """Whether a call changes no proxy, or is one of those that are followed."""
    function = call.func
    home = qualified(module, function).partition(".")[0]
    if last_name(function) in MAKERS or home in sys.stdlib_module_names:
        return True
    if isinstance(function, cst.Name) and is_builtin(module, function):
        return True
    if definition(project, module, function) is not None:
        return True
    if not isinstance(function, cst.Attribute) or function.attr.value not in READERS:
        return False
    return isinstance(function.value, cst.SimpleString) or any(roots(module, function.value))
