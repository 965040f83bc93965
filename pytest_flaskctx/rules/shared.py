"""FCX203: one copied context is handed to a second task while the first may still run."""

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
    "Each task pushes and pops the one context: the first to end pops it under the other, which "
    "then fails or loses its request, as the threads happen to run.",
    place="handed over again here:",
)
_COPY = """\
Pass the values that the task needs, and no context; or give each task a copy of its own:

    for item in items:
        pool.submit(copy_current_request_context(work), item)"""
_APP = """\
Let each task push an application context of its own:

    with app.app_context():
        ..."""


def judge(incident: Incident) -> Verdict:
    """Return what is wrong with a context that was handed over twice.

    The words of such an incident are which context it is: ``request`` or ``app``.
    """
    (slot,) = incident.words
    what = "copied request context" if slot == "request" else "application context"
    return Verdict(
        SHARED_COPIED_CONTEXT,
        f"one {what} is handed to a second task, and nothing says that the first is done with it",
        _COPY if slot == "request" else _APP,
    )
