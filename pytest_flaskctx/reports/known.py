"""What is said of a baseline: how much of it was met, and what was not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pytest_flaskctx.baseline import site
from pytest_flaskctx.reports.terminalsafe import escape

if TYPE_CHECKING:
    from pytest_flaskctx.findings import Finding

MANY = 10
"""So many lines are named unless everything is to be told."""

_UPDATE = "--flaskctx-update-baseline"


def met(groups: Sequence[Finding], name: str) -> list[str]:
    """Return how much of the baseline ``name`` was met; nothing if none of it was."""
    known = [finding for finding in groups if finding.status == "known"]
    if not known:
        return []
    # Several lines of a function may be one site of the baseline.
    sites = {site(finding) for finding in known}
    tests = {test for finding in known for test in finding.tests if test}
    return [f"{_number(len(sites), 'known leak site')} in {_number(len(tests), 'test')} ({name})"]


def kept(unmet: int, *, whole: bool, cut: int) -> str:
    """Return why an update takes nothing out; empty where it might have.

    Args:
        unmet: how many sites of the baseline were not met, and are kept.
        whole: whether nothing was left out.
        cut: how many tests did not come to their end.
    """
    if not unmet:
        return ""
    why = f"{_number(cut, 'test')} failed or did not run" if whole else "a part of the suite ran"
    return f"; {unmet} not met but kept, for {why}"


def missed(lines: Sequence[str], name: str, *, cut: int, whole: bool = False) -> list[str]:
    """Return what is said of the sites that a run of the whole suite did not meet.

    Args:
        lines: their lines in the baseline.
        name: its file.
        cut: how many tests did not come to their end, where such a site may be.
        whole: whether all of them are to be named.
    """
    if not lines:
        return []
    sites = _number(len(lines), "known leak site")
    if cut:
        tests = _number(cut, "test")
        head = f"{sites} not met ({name}); kept, for {tests} failed or did not run:"
    else:
        head = f"{sites} gone; {_UPDATE} takes {'it' if len(lines) == 1 else 'them'} out of {name}:"
    shown = lines if whole else lines[:MANY]
    folded = len(lines) - len(shown)
    more = [f"    and {folded} more (--flaskctx-report)"] if folded else []
    return [head, *(f"    {escape(line)}" for line in shown), *more]


def _number(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
