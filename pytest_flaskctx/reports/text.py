"""A finding as plain text."""

from __future__ import annotations

from pathlib import Path

from pytest_flaskctx.findings import Finding
from pytest_flaskctx.reports.telling import WIDTH, Place, Told, tell, title, wrapped
from pytest_flaskctx.reports.terminalsafe import escape, no_command

INDENT = "    "


def headline(finding: Finding) -> str:
    """Return the finding in one line: for ``--tb=line``, the short summary and annotations."""
    handed = finding.handover.site if finding.handover else None
    there = (finding.file, finding.line)
    places = [f"at {finding.file}:{finding.line}"] if finding.line else []
    # What was handed over wrongly is found where it was handed over.
    if handed and (handed.file, handed.line) != there:
        places.append(f"handed over at {handed.file}:{handed.line}")
    return title(finding) + escape(f" ({', '.join(places)})" if places else "")


def render(
    finding: Finding,
    *,
    root: Path,
    verbose: int = 0,
    width: int = WIDTH,
    alone: bool = False,
) -> list[str]:
    """Return all that is told of ``finding``, as lines.

    Args:
        finding: the finding.
        root: the root directory, to which files are relative.
        verbose: from 2 on, all frames of both stacks are told.
        width: columns of the terminal; prose is broken there, source is not.
        alone: whether it is told apart from its test, so that even a single one is to be named.
    """
    told = tell(finding, root=root, verbose=verbose, alone=alone)
    lines = wrapped(told.title, width)
    for place in told.places:
        lines += ["", *introduction(place, width), location(place), *place.excerpt, *below(place)]
    return [*lines, *advice(told, width)]


def introduction(place: Place, width: int = WIDTH) -> list[str]:
    """Return the lines over a place's source."""
    return wrapped(place.heading, width)


def location(place: Place) -> str:
    """Return the line by which an editor finds the place."""
    return no_command(f"{place.file}:{place.line}: {place.inside}")


def below(place: Place) -> list[str]:
    """Return the lines under a place's source."""
    return [INDENT + caller for caller in place.callers]


def advice(told: Told, width: int = WIDTH) -> list[str]:
    """Return what stands under the places: further facts, why, the fix, and where to read more."""
    facts = [line for fact in told.facts for line in _or_indented(fact, width)]
    first, *rest = told.fix or ("",)
    further = [line for each in rest for line in _or_indented(each, width)]
    fix = ["", *wrapped(f"fix: {first}", width), *further] if told.fix else []
    why = ["", *wrapped(f"why: {told.why}", width)] if told.why else []
    patch = ["", "patch (git apply, in the root directory):", *told.patch] if told.patch else []
    return [*([""] if facts else []), *facts, *why, *fix, *patch, "", f"more: {told.more}"]


def _or_indented(line: str, width: int) -> list[str]:
    """Break a line of prose; an indented one is names or code to copy, and stays."""
    return [line] if line.startswith(" ") else wrapped(line, width)
