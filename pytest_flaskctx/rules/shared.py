"""FCX203: one context is pushed by several tasks, and nothing keeps them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_flaskctx.rules.base import Rule, Verdict

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Incident

SHARED_COPIED_CONTEXT = Rule(
    "FCX203",
    "shared-copied-context",
    "fail",
    "One copied context is handed to a second task while the first may still run.",
    "Each task pushes and pops the one context. The first to end pops it under the other, which "
    "then fails or loses its request, as the threads happen to run.",
    place="handed over again here:",
)
_WHAT = {"request": "one copied request context", "app": "one application context"}
_COPY = """\
Pass the values that the task needs, and no context. Where it needs the request itself, give each
task a copy of its own, of the function as it was before it was decorated:

    pool.submit(copy_current_request_context(work), item)"""
_APP = """\
Pass the application, and let each task push a context of its own:

    with app.app_context():
        ..."""
_WAIT = """\
Or wait for the task before the block that pushed the context ends."""


def judge(incident: Incident) -> Verdict:
    """Return what is wrong with a context that was handed over twice.

    The words of such an incident are which context it is: ``request`` or ``app``.
    """
    (slot,) = incident.words
    # A loop, or a map, hands over at one place.
    once = incident.origin is not None and incident.origin.stack == incident.stack
    tail = (
        "to several tasks, and nothing says that one is done with it before the next begins"
        if once
        else "to a second task, and nothing says that the first is done with it"
    )
    return Verdict(SHARED_COPIED_CONTEXT, f"{_WHAT[slot]} is handed {tail}", _fix(slot))


def judge_lent(incident: Incident) -> Verdict:
    """Return what is wrong with a context that a task pushes under the thread that lent it."""
    (slot,) = incident.words
    what = "a request context" if slot == "request" else "an application context"
    return Verdict(
        SHARED_COPIED_CONTEXT,
        f"{what} is handed to a task that pushes it too, and popped before that is known to be done",
        f"{_fix(slot)}\n{_WAIT}",
    )


def _fix(slot: str) -> str:
    return _COPY if slot == "request" else _APP
