"""Findings as pytest's own failure representation.

Only pytest's standard parts are used, so colours, ``--tb``, JUnit and pytest-xdist's way of
sending reports work as for any failure. All entries are of the style ``short``, whatever ``--tb``
says: pytest draws rules between entries of the style ``long``, and would cut one leak in three.
Prose goes into native entries, which alone are printed as they are: everything else but the red
``E`` lines is highlighted as Python.

The first entry tells the leak's own line, and from where pytest was started, as pytest's own do:
what annotates failures looks there for the place, and takes the test's line where there is none.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from _pytest._code.code import (
    ExceptionChainRepr,
    ExceptionRepr,
    ReprEntry,
    ReprEntryNative,
    ReprFileLocation,
    ReprTraceback,
)
from _pytest.pathlib import bestrelpath

from pytest_flaskctx.findings import Finding
from pytest_flaskctx.grouping import group
from pytest_flaskctx.reports.sources import absolute
from pytest_flaskctx.reports.telling import WIDTH, Place, Told, tell, wrapped
from pytest_flaskctx.reports.terminalsafe import escape, no_command
from pytest_flaskctx.reports.text import advice, below, headline, introduction, render

FAIL_MARK = "E   "

Entry = ReprEntry | ReprEntryNative


def leak_longrepr(
    findings: Sequence[Finding],
    *,
    root: Path,
    verbose: int = 0,
    tbstyle: str = "auto",
    width: int = WIDTH,
    start: Path | None = None,
) -> ExceptionChainRepr:
    """Return the representation of a failure that is nothing but leaks.

    Args:
        findings: at least one; those of one site are told once, the most certain first.
        root: the root directory, to which files are relative.
        verbose: from 2 on, all frames of the stacks are told.
        tbstyle: pytest's ``--tb``: ``line`` tells the titles only, ``short`` one line of source,
            ``native`` everything without colours.
        width: columns of the terminal.
        start: the directory from which pytest was started, where it is not the root directory.
    """
    ordered = group(findings)
    entries: list[Entry] = []
    for number, finding in enumerate(ordered):
        entries += [_prose([""])] if number and tbstyle != "line" else []
        entries += _entries(finding, root, start or root, verbose, tbstyle, width)
    traceback = ReprTraceback(entries, None, "short")
    return ExceptionChainRepr([(traceback, _crash(ordered, root), None)])


def add_section(
    longrepr: Any,
    findings: Sequence[Finding],
    *,
    root: Path,
    verbose: int = 0,
    width: int = WIDTH,
) -> Any:
    """Return the representation of a failure of the test's own, the findings told after it.

    Args:
        longrepr: pytest's representation, a string, or ``None`` where there is none.
        findings: at least one.
        root: the root directory, to which files are relative.
        verbose: from 2 on, all frames of the stacks are told.
        width: columns of the terminal.
    """
    ordered = group(findings)
    name = "flaskctx: the test leaked a context, too" if longrepr else "flaskctx"
    blocks = [render(finding, root=root, verbose=verbose, width=width) for finding in ordered]
    content = "\n".join("\n".join([*block, ""]) for block in blocks).rstrip("\n")
    if isinstance(longrepr, ExceptionRepr):
        longrepr.addsection(name, content, "-")
        return longrepr
    if not longrepr:
        return content
    return "\n".join([str(longrepr), f" {name} ".center(width, "-"), content])


def _entries(
    finding: Finding, root: Path, start: Path, verbose: int, tbstyle: str, width: int
) -> list[Entry]:
    if tbstyle == "native":
        return [_prose(render(finding, root=root, verbose=verbose, width=width))]
    told = tell(finding, root=root, verbose=verbose, before=0 if tbstyle == "short" else 2)
    lines = [FAIL_MARK + line for line in wrapped(told.title, width - len(FAIL_MARK))]
    first = _first(told, finding)
    where = _location(first, _seen_from(start, finding.file, root)) if first else None
    head = ReprEntry(lines, None, None, where, "short")
    if tbstyle == "line":
        return [head]
    places = [
        entry for place in told.places for entry in _place(place, width, above=place is first)
    ]
    return [head, *places, _prose(advice(told, width))]


def _first(told: Told, finding: Finding) -> Place | None:
    """Return the place of the finding itself, if it is told of first."""
    first = next(iter(told.places), None)
    if first is None or (first.file, first.line) != (escape(finding.file), finding.line):
        return None
    return first if first.line else None


def _seen_from(start: Path, file: str, root: Path) -> str:
    """Return ``file`` as pytest would name it."""
    path = absolute(file, root)
    return file if start == root or path == file else bestrelpath(start, Path(path))


def _location(place: Place, file: str) -> ReprFileLocation:
    return ReprFileLocation(no_command(escape(file)), place.line, place.inside)


def _place(place: Place, width: int, *, above: bool) -> list[Entry]:
    where = None if above else _location(place, place.file)
    return [
        _prose(["", *introduction(place, width)]),
        ReprEntry(list(place.excerpt), None, None, where, "short"),
        *([_prose(below(place))] if place.callers else []),
    ]


def _prose(lines: list[str]) -> ReprEntryNative:
    return ReprEntryNative([f"{line}\n" for line in lines])


def _crash(findings: Sequence[Finding], root: Path) -> ReprFileLocation:
    first, *others = findings
    more = f" [and {len(others)} more]" if others else ""
    return ReprFileLocation(absolute(first.file, root), first.line, headline(first) + more)
