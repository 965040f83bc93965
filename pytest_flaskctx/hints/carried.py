"""What else can be done where a context came along with the work."""

from __future__ import annotations

from pytest_flaskctx.facts import OriginKind
from pytest_flaskctx.hints.case import Case
from pytest_flaskctx.hints.words import handing

WAITING: dict[OriginKind, str] = {
    "submit": "with `.result()`",
    "thread": "with `.join()`",
    "timer": "with `.join()`",
    "threadpool": "with `.get()`",
    "run_in_executor": "with `await`",
    "to_thread": "with `await`",
}
READ_BEFORE = "Or read it there once, before the hand-over: what was read stays with the request."
START_OUTSIDE = (
    "A {} keeps the context of the request that starts it: start what lasts before any request."
)


def ways_besides(case: Case) -> list[str]:
    """Return what else the user may do about a context that came along with the work."""
    lines = []
    if case.operation == "body" and case.in_request:
        lines.append(READ_BEFORE)
    if case.bound == "lent" and case.kind in WAITING:
        lines.append(f"Or wait for the task in {handing(case)}, {WAITING[case.kind]}.")
    if case.inherited:
        lines.append(START_OUTSIDE.format("process" if case.elsewhere else "thread"))
    return lines
