"""What else than an access is wrong: each kind of incident is one rule's, whose module judges it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pytest_flaskctx.rules import left, lost, shared

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Incident, IncidentKind
    from pytest_flaskctx.rules.base import Verdict

_JUDGES: dict[IncidentKind, Callable[[Incident], Verdict | None]] = {
    "left-context": left.judge,
    "left-worker-context": left.judge_worker,
    "lost-session-write": lost.judge,
    "lent-context": shared.judge_lent,
    "shared-context": shared.judge,
}


def judge(incident: Incident) -> Verdict | None:
    """Return what ``incident`` comes to, ``None`` where it is right."""
    return _JUDGES[incident.kind](incident)
