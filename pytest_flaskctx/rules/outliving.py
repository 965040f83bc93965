"""FCX204: a context goes along with a task that its request does not wait for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pytest_flaskctx.rules.base import Rule, Verdict
from pytest_flaskctx.rules.exempt import handed_over_by_library

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Incident, OriginKind

OUTLIVES_REQUEST = Rule(
    "FCX204",
    "outlives-request",
    "strict",
    "A task that carries a request's context may still run when that request is over.",
    "The task may read a request that is over, teardown functions run a second time behind the "
    "response, and the request stays in memory until the task ends.",
    place="handed over here:",
)
_PASS = "Pass the values that the task needs, and no context"
_WAIT = """\
{}; or wait for the task in the view:

    {}"""
_WAITS: dict[OriginKind, str] = {
    "submit": "future.result()",
    "map": "list(results)",
    "thread": "thread.join()",
    "timer": "timer.join()",
    "threadpool": "result.get()",
    "run_in_executor": "await future",
    "to_thread": "await asyncio.to_thread(...)",
    "greenlet": "greenlet.join()",
}
LIBRARY = "Nothing to repair here: the library hands over what it chose itself."


def untold(incident: Incident, beside: Iterable[tuple[str, str]]) -> Incident | None:
    """Return ``incident``, unless other rules of contexts tell of the same leak.

    Args:
        incident: the fact.
        beside: code and proxy of what was found in the same task.
    """
    return None if any(code.startswith("FCX2") for code, _ in beside) else incident


def judge(incident: Incident) -> Verdict:
    """Return what is wrong with a context that goes along with a task nobody waits for."""
    library = handed_over_by_library(incident)
    return Verdict(
        OUTLIVES_REQUEST,
        "a task carries its request's context, and the request does not wait for it",
        LIBRARY if library else _hint(incident),
        library=library,
    )


def _hint(incident: Incident) -> str:
    wait = _WAITS.get(incident.origin.kind) if incident.origin is not None else None
    return _WAIT.format(_PASS, wait) if wait is not None else f"{_PASS}."
