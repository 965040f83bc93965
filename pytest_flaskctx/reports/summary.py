"""The end of a run, as plain text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from pytest_flaskctx.findings import Finding
from pytest_flaskctx.reports.telling import WIDTH, wrapped
from pytest_flaskctx.reports.terminalsafe import escape
from pytest_flaskctx.reports.text import INDENT, render
from pytest_flaskctx.rules.allowances import Allowance
from pytest_flaskctx.rules.bleed import undecided

TOP_SITES = 5
MANY_TESTS = 5

ADOPT = (
    "Too much to repair at once? --flaskctx-baseline=leaks.txt --flaskctx-update-baseline writes down "
    "what is there: only new leaks fail from then on. --flaskctx=warn reports and fails nothing."
)
POINTER = "pytest --flaskctx-report tells each in full."

_APART = {
    "known": "known",
    "allowed": "allowed",
    "expected": "expected by tests",
    "library": "of libraries",
}
"""What does not fail whatever its level, and stands apart."""
_HEADINGS = {"new": "", "note": "notes", **_APART}


def short(
    groups: Sequence[Finding],
    *,
    failing: int = 0,
    notes: Sequence[str] = (),
    width: int = WIDTH,
) -> list[str]:
    """Return a few lines on what was found; none where nothing was.

    Args:
        groups: the findings, one a leak site, the most certain first.
        failing: how many tests fail through us.
        notes: what is to be said of the run itself.
        width: columns of the terminal.
    """
    told = [finding for finding in groups if finding.status == "new"]
    new = [finding for finding in told if finding.level != "note"]
    # Where some are known, those that are told of are the others.
    what = "new leak site" if any(each.status == "known" for each in groups) else "leak site"
    lines = [_counts(new, what), *_sites(new), POINTER, *_adopt(failing, width)] if new else []
    return [*lines, *_notes([*_notable(told), *notes], width)]


def full(
    groups: Sequence[Finding],
    unused: Sequence[Allowance] = (),
    notes: Sequence[str] = (),
    *,
    root: Path,
    handovers: int = 0,
    failing: int = 0,
    verbose: int = 0,
    width: int = WIDTH,
) -> list[str]:
    """Return all findings in full, those that do not fail under headings of their own.

    Args:
        groups: the findings, one a leak site, the most certain first.
        unused: the allowances that met nothing.
        notes: what is to be said of the run itself.
        root: the root directory, to which files are relative.
        handovers: how many hand-overs were observed, for a clean run to show that it looked.
        failing: how many tests fail through us.
        verbose: from 2 on, all frames of the stacks are told.
        width: columns of the terminal.
    """
    leaks = [finding for finding in groups if not _is_note(finding)]
    lines = [_counts(leaks)] if leaks else [_clean(handovers)]
    for status, heading in _HEADINGS.items():
        found = [finding for finding in groups if _sort(finding) == status]
        if found and heading:
            lines += ["", f"--- {heading}: {len(found)} ---"]
        for finding in found:
            lines += ["", *_in_full(finding, root, verbose, width)]
    lines += _unused(unused)
    return [*lines, *_spaced([*_adopt(failing, width), *_notes(notes, width)])]


def _clean(handovers: int) -> str:
    return f"flaskctx: no context leaks ({_number(handovers, 'hand-over')} observed)"


def _in_full(finding: Finding, root: Path, verbose: int, width: int) -> list[str]:
    heading = escape(f" {finding.file}:{finding.line} ").center(width, "_")
    return [heading, *render(finding, root=root, verbose=verbose, width=width, alone=True)]


def _is_note(finding: Finding) -> bool:
    """Whether it is no leak, but something of the suite to be said once."""
    return finding.level == "note" and finding.status == "new"


def _sort(finding: Finding) -> str:
    return "note" if _is_note(finding) else finding.status


def _notable(groups: Iterable[Finding]) -> list[str]:
    """Return a note for each rule that has any."""
    found: dict[str, list[Finding]] = {}
    for finding in filter(_is_note, groups):
        found.setdefault(finding.code, []).append(finding)
    return [_note(findings) for findings in found.values()]


def _note(findings: Sequence[Finding]) -> str:
    first, *others = findings
    users = any(frame.kind == "user" for frame in first.stack)
    where = f" at {first.file}:{first.line}" if users else ""
    more = f" and {_number(len(others), 'more place')}" if others else ""
    return f"note: {first.message} ({first.code}{where}{more}; --flaskctx-report)"


def _counts(groups: Sequence[Finding], what: str = "leak site") -> str:
    leaks = [finding for finding in groups if not undecided(finding)]
    open_ = _number(len(groups) - len(leaks), "exploration")
    told = [*([_leaks(leaks, what)] if leaks else []), f"{open_} undecided"]
    return f"flaskctx: {'; '.join(told if len(leaks) < len(groups) else told[:1])}"


def _leaks(groups: Sequence[Finding], what: str) -> str:
    levels = Counter(finding.level for finding in groups if finding.status == "new")
    apart: Counter[str] = Counter(finding.status for finding in groups if finding.status != "new")
    counted = [_number(count, level) for level, count in levels.items()]
    counted += [f"{apart[status]} {word}" for status, word in _APART.items() if apart[status]]
    tests = {test for finding in groups for test in finding.tests if test}
    sites = _number(len(groups), what)
    return f"{sites} in {_number(len(tests), 'test')}: {', '.join(counted)}"


def _sites(groups: Sequence[Finding]) -> list[str]:
    lines = [_site(finding) for finding in groups[:TOP_SITES]]
    folded = len(groups) - TOP_SITES
    return [*lines, f"{INDENT}and {folded} more"] if folded > 0 else lines


def _site(finding: Finding) -> str:
    times = f", {finding.count} times" if finding.count > 1 else ""
    used = f": `{finding.expression}`" if finding.expression else ""
    if undecided(finding):
        used = f": {finding.message}"
    where = f"{finding.file}:{finding.line}"
    return INDENT + escape(
        f"{finding.level:<7}  {where}  {finding.code} {finding.rule}{used}{times}"
    )


def _adopt(failing: int, width: int) -> list[str]:
    return wrapped(ADOPT, width) if failing > MANY_TESTS else []


def _unused(unused: Sequence[Allowance]) -> list[str]:
    lines = [
        escape(f"{INDENT}{each.rule_code} : {each.place} : {each.reason} ({each.where})")
        for each in unused
    ]
    return ["", "allowances that met nothing:", *lines] if lines else []


def _notes(notes: Iterable[str], width: int) -> list[str]:
    return [line for note in notes for line in _said(note, width)]


def _said(note: str, width: int) -> list[str]:
    """Break a note into lines; an indented one belongs to that above, and stays."""
    if note.startswith(INDENT):
        return [escape(note)]
    return wrapped(f"flaskctx: {escape(note)}", width)


def _spaced(lines: list[str]) -> list[str]:
    return ["", *lines] if lines else []


def _number(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
