"""What else than an access is wrong: each kind of incident is one rule's, whose module judges it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

from pytest_flaskctx.rules import (
    escaped,
    handed,
    left,
    lost,
    outer,
    outliving,
    retained,
    shared,
)

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Incident, IncidentKind
    from pytest_flaskctx.rules.base import Rule, Verdict

    Beside = Collection[tuple[str, str]]
    """What else was found in the same task, as code and proxy."""

_JUDGES: dict[IncidentKind, Callable[[Incident], Verdict | None]] = {
    "escaped-object": escaped.judge,
    "left-context": left.judge,
    "left-worker-context": left.judge_worker,
    "lost-session-write": lost.judge,
    "outlives-request": outliving.judge,
    "proxy-handed-over": handed.judge,
    "lent-context": shared.judge_lent,
    "outer-context": outer.judge,
    "retained-request": retained.judge,
    "shared-context": shared.judge,
}
_UNTOLD: dict[IncidentKind, Callable[[Incident, Beside], Incident | None]] = {
    "proxy-handed-over": handed.untold,
    "escaped-object": escaped.untold,
    "outlives-request": outliving.untold,
}
"""What remains to be told where other rules found what they did in the same task; what comes later
here gives way to what comes before."""

NOTES: dict[IncidentKind, Rule] = {"outer-context": outer.OUTER_CONTEXT}
"""The kinds that are told once a run, unless the suite moves their rule."""


def rank(incident: Incident) -> int:
    """Return a key to sort by: what gives way to others is judged after them."""
    return 1 + list(_UNTOLD).index(incident.kind) if incident.kind in _UNTOLD else 0


def judge(incident: Incident, beside: Beside = ()) -> Verdict | None:
    """Return what ``incident`` comes to, ``None`` where it is right, or is told already.

    Args:
        incident: the fact.
        beside: code and proxy of what was found in the same task.
    """
    untold = _UNTOLD.get(incident.kind)
    rest = untold(incident, beside) if untold is not None else incident
    return _JUDGES[incident.kind](rest) if rest is not None else None
