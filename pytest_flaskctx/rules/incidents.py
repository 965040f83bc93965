"""What else than an access is wrong: each kind of incident is one rule's, whose module judges it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from pytest_flaskctx.rules import left, lost, outliving, shared

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Incident, IncidentKind
    from pytest_flaskctx.rules.base import Verdict

_JUDGES: dict[IncidentKind, Callable[[Incident], Verdict | None]] = {
    "left-context": left.judge,
    "left-worker-context": left.judge_worker,
    "lost-session-write": lost.judge,
    "outlives-request": outliving.judge,
    "lent-context": shared.judge_lent,
    "shared-context": shared.judge,
}
_TOLD: dict[IncidentKind, Callable[[Iterable[str]], bool]] = {
    "outlives-request": outliving.told_by,
}
"""What has nothing more to tell where other rules found what they did in the same task; what comes
later here gives way to what comes before."""


def rank(incident: Incident) -> int:
    """Return a key to sort by: what gives way to others is judged after them."""
    return 1 + list(_TOLD).index(incident.kind) if incident.kind in _TOLD else 0


def judge(incident: Incident, beside: Iterable[str] = ()) -> Verdict | None:
    """Return what ``incident`` comes to, ``None`` where it is right, or is told already.

    Args:
        incident: the fact.
        beside: the codes of what was found in the same task.
    """
    told = _TOLD.get(incident.kind)
    return None if told is not None and told(beside) else _JUDGES[incident.kind](incident)
