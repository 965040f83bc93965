"""FCX206: the real object behind a proxy goes along with a task that its request does not wait for."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from pytest_flaskctx.rules.base import Rule, Verdict
from pytest_flaskctx.rules.exempt import handed_over_by_library
from pytest_flaskctx.rules.handed import described, listed, without
from pytest_flaskctx.rules.outliving import LIBRARY

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Incident

ESCAPED_OBJECT = Rule(
    "FCX206",
    "escaped-object",
    "strict",
    "The real object behind a proxy is handed to a task that may outlive the request.",
    "When the request is over its body is closed, its session is saved and its `g` torn down: "
    "what the task then reads fails or is empty, and what it writes is lost.",
    place="handed over here:",
)
_VALUE = """\
Read what the task needs of `{}` before it is handed over, and pass that. For example:

    {}"""
_READS = {
    "request": "data = request.get_json()",
    "session": 'cart = session["cart"]',
    "g": "tenant = g.tenant",
}


def untold(incident: Incident, beside: Collection[tuple[str, str]]) -> Incident | None:
    """Return what of ``incident`` no other finding of the same task tells."""
    return without(incident, {proxy for _, proxy in beside})


def judge(incident: Incident) -> Verdict:
    """Return what is wrong with real objects that go along with a task nobody waits for.

    The words of such an incident are, in turns, the name of a proxy and how its object goes along.
    """
    parts = described(incident)
    many = len(parts) > 1
    library = handed_over_by_library(incident)
    return Verdict(
        ESCAPED_OBJECT,
        f"the real {'objects' if many else 'object'} behind {listed(parts)} "
        f"{'are' if many else 'is'} handed to a task that the request does not wait for",
        LIBRARY if library else _VALUE.format(incident.proxy, _READS[incident.proxy]),
        library=library,
    )
