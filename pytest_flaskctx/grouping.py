"""One finding a leak site: merged, counted, the most certain first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_flaskctx.findings import Finding, Handover

_LEVELS = ("error", "warning", "note")
_WORST = ("FCX202", "FCX401", "FCX101")
"""One user's data shown to another comes before what is not found at all."""


def group(findings: Iterable[Finding]) -> list[Finding]:
    """Return one finding for each leak site, with all counts and tests, the most certain first.

    A site is a rule, a line and the line that handed over. A finding that does not fail because
    somebody allowed it stays apart from the same one in a test where nobody did.
    """
    sites: dict[tuple[object, ...], list[Finding]] = {}
    for finding in findings:
        sites.setdefault(place(finding), []).append(finding)
    return sorted(map(_merged, sites.values()), key=certainty)


def certainty(finding: Finding) -> tuple[object, ...]:
    """Sort key: what fails, then errors, then the worst, then what was seen most often."""
    return (
        not finding.fails,
        _LEVELS.index(finding.level),
        _WORST.index(finding.code) if finding.code in _WORST else len(_WORST),
        -finding.count,
        *place(finding),
    )


def place(finding: Finding) -> tuple[object, ...]:
    """Sort key: by file, line and rule; no two leak sites have the same."""
    handed = finding.handover.site if finding.handover else None
    where = (handed.file, handed.line) if handed else ("", 0)
    return (
        finding.file,
        finding.line,
        finding.code,
        *where,
        finding.status,
        finding.fingerprint,
    )


def _merged(found: list[Finding]) -> Finding:
    """Return one finding for those of a site, the same in whatever order they came."""
    first = _first(found)
    others = list(found)
    # Which of some equal ones is the first is all the same.
    others.remove(first)
    for other in others:
        first = first.merged(other)
    return first


def _first(found: list[Finding]) -> Finding:
    # The order of arrival changes from run to run; which stack stands for a site must not.
    if len(found) == 1:
        return found[0]
    least = min(map(_steady, found))
    tied = [finding for finding in found if _steady(finding) == least]
    return tied[0] if len(tied) == 1 else min(tied, key=_task)


def _steady(finding: Finding) -> tuple[object, ...]:
    return (_LEVELS.index(finding.level), finding.tests, finding.phase)


def _task(finding: Finding) -> str:
    """Return what tells a task from others that came the same way; compared last, for it is long.

    Which of some tasks of a test is seen first is chance. Of what one task does at one line the
    first use stands for the site: that order is the program's, and what the uses differ in, the
    frames of libraries within that line, is not in here.
    """
    behind = [_whence(handover) for handover in (finding.handover, finding.started)]
    users = [frame for frame in finding.stack if frame.kind == "user"]
    return repr((finding.request, behind, users))


def _whence(handover: Handover | None) -> list[object]:
    chain: list[object] = []
    while handover is not None:
        chain.append((handover.origin._replace(thread="", parent=None), handover.site))
        handover = handover.parent
    return chain
