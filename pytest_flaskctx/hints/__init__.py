"""The fix of a finding, written for its case: what the user pastes.

The value comes first: read it where the request is bound, and pass it. A copied context is never
proposed, for it brings an empty ``g``, a second teardown and, when shared, races of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pytest_flaskctx.facts import OriginKind
from pytest_flaskctx.hints import advice
from pytest_flaskctx.hints.carried import ways_besides
from pytest_flaskctx.hints.case import Bound, Case
from pytest_flaskctx.hints.handed import Uses, given_itself, own_values
from pytest_flaskctx.hints.sharing import own_context, own_copies
from pytest_flaskctx.hints.values import Use, use_of, wants_app

__all__ = ["Bound", "Case", "Uses", "hint", "own_copy", "own_value"]

FUNCTIONS: dict[str, Callable[[Case, Use | None], list[str]]] = {
    "after_this_request": advice.after_request,
    "copy_current_request_context": advice.copy_context,
    "flash": advice.flash,
    "jsonify": advice.respond,
    "make_response": advice.respond,
    "redirect": advice.respond,
    "render_template": advice.call_first,
    "render_template_string": advice.call_first,
    "send_file": advice.respond,
    "send_from_directory": advice.respond,
    "stream_with_context": advice.stream,
    "url_for": advice.call_first,
}
"""Functions of Flask that need a context, by whichever proxy they ask for it."""

WRITABLE = {"current_app", "g", "request", "request_ctx", "session"}
LUCK = "It found a request only by luck: the future was done already, so the callback ran at once."


def own_copy(what: tuple[str, ...], call: str, kind: OriginKind | None = None) -> str:
    """Return how each task gets a context of its own; empty where ``call`` cannot be read.

    Args:
        what: which context is shared: ``request`` or ``app``.
        call: the source of the hand-over.
        kind: by which mechanism it is one.
    """
    return "\n".join(own_copies(call, kind) if "request" in what else own_context(call))


def own_value(
    names: Sequence[str], call: str, handing: str, kind: OriginKind | None, uses: Uses
) -> str:
    """Return how ``call`` hands values over, and no proxies; empty where it cannot be read.

    Args:
        names: the proxies that are handed over, themselves or the objects behind them.
        call: the source of the hand-over.
        handing: qualified name of the function that hands over.
        kind: by which mechanism it is one.
        uses: tells how a function uses a parameter.
    """
    return "\n".join(own_values(names, call, handing, kind, uses))


def hint(case: Case) -> str:
    """Return how to repair ``case``: sentences, with the code to paste indented under them."""
    use = use_of(case)
    librarys = case.of_library and case.in_request and not (case.nested or case.elsewhere)
    lines = advice.call_library(case) if librarys else _advice(case, use)
    if case.caught_at_guard:
        lines = advice.decide(case, lines)
    if case.bound:
        lines = [*lines, *ways_besides(case)]
    lucky = case.kind == "callback" and case.inline and not case.bound
    return "\n".join([*lines, LUCK] if lucky else lines)


def _advice(case: Case, use: Use | None) -> list[str]:
    function = case.proxy if use is None or use.chain or not use.calls else use.calls
    special = FUNCTIONS.get(case.proxy) or FUNCTIONS.get(function)
    if case.operation == "file":
        return advice.read_file(case, use)
    if special is not None:
        return special(case, use)
    if use is not None and use.chain and _writes(case, use):
        return advice.write_in_view(case, use)
    if lines := given_itself(case):
        return lines
    if wants_app(case, use):
        return advice.own_context(case, use)
    return advice.read_and_pass(case, use)


def _writes(case: Case, use: Use) -> bool:
    by_method = case.proxy in ("session", "g") and use.changes
    return case.proxy in WRITABLE and (case.writes or by_method)
