"""One finding a leak site: merged, counted, the most certain first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_flaskctx.findings import Finding

_LEVELS = ("error", "warning", "note")
_WORST = ("FCX202", "FCX401", "FCX101")
"""One user's data shown to another comes before what is not found at all."""


def group(findings: Iterable[Finding]) -> list[Finding]:
    """Return one finding for each leak site, with all counts and tests, the most certain first.

    A site is a rule, a line and the line that handed over. A finding that does not fail because
    somebody allowed it stays apart from the same one in a test where nobody did.
    """
    merged: dict[tuple[object, ...], Finding] = {}
    for finding in sorted(findings, key=_steady):
        site = _site(finding)
        merged[site] = merged[site].merged(finding) if site in merged else finding
    return sorted(merged.values(), key=certainty)


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
    """Sort key: by file, line and rule."""
    handed = finding.handover.site if finding.handover else None
    where = (handed.file, handed.line) if handed else ("", 0)
    return (finding.file, finding.line, finding.code, *where, finding.status)


def _site(finding: Finding) -> tuple[object, ...]:
    return (finding.fingerprint, *place(finding))


def _steady(finding: Finding) -> tuple[object, ...]:
    # The order of arrival changes from run to run; which stack stands for a site must not.
    return (_LEVELS.index(finding.level), finding.tests, finding.phase, *place(finding))
