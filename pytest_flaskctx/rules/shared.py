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
    "Whoever ends first pops the one context under the other, which then fails or loses its "
    "request, as the threads happen to run.",
    place="handed over again here:",
)
_COPY = """\
Pass the values that the task needs, and no context. Where it needs the request itself, decorate \
the function anew for each task:
    task = copy_current_request_context(work)"""
_APP = """\
Pass the application, and let each task push a context of its own:
    with app.app_context():
        ..."""
_WAIT = "Or wait for the task before the context is popped: `future.result()`, `thread.join()`."


def judge(incident: Incident) -> Verdict:
    """Return what is wrong with a context that was handed over twice.

    The words of such an incident are which context it is: ``request`` or ``app``.
    """
    (slot,) = incident.words
    what = "copied request context" if slot == "request" else "application context"
    # A loop, or a map, hands over at one place.
    at_once = incident.origin is not None and incident.origin.stack == incident.stack
    several, second = (
        "several tasks that may run at once",
        "a second task while the first may still run",
    )
    message = f"one {what} is handed to {several if at_once else second}"
    return Verdict(SHARED_COPIED_CONTEXT, message, _COPY if slot == "request" else _APP)


def judge_lent(incident: Incident) -> Verdict:
    """Return what is wrong with a context that a task pushes under the thread that lent it.

    The words of such an incident are which context it is: ``request`` or ``app``.
    """
    (slot,) = incident.words
    what = "a request context" if slot == "request" else "an application context"
    message = f"{what} is handed to a task that pushes it too, and popped without waiting for that"
    fix = _COPY if slot == "request" else _APP
    return Verdict(SHARED_COPIED_CONTEXT, message, f"{fix}\n{_WAIT}")
