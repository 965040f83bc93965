"""The leaks that a suite has already: a text file of sites, one line each, to be kept in review.

A line is all that a site is known by, so two files are merged like any text, and a renamed file is
renamed in here by any editor. No line numbers stand in it, and no counts: edits elsewhere and
another order of tests leave it as it is. Lines that begin with ``#`` belong to the site under them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from pytest_flaskctx import rules

if TYPE_CHECKING:
    from pytest_flaskctx.findings import Finding

HEADER = "# pytest-flaskctx baseline, version 1"
LONGEST = 200
"""How much of an expression is written, in characters; a hash tells longer ones apart."""

_NOTE = """\
# Context leaks that are known: they do not fail. A line is a site: its rule, file::function, the
# function that handed the work over, the expression. `pytest --flaskctx-update-baseline` rewrites
# this file; a comment stays with the site under it."""
_FORM = "FCX101 path/of/file.py::function <- handing_function: expression"
_LINE = re.compile(r"(?P<code>FCX\d+) [^\s:]+::[^\s:]+( <- [^\s:]+)?:( .*)?")
_VERSION = re.compile(r"# pytest-flaskctx baseline, version (\d+)")


class BaselineError(ValueError):
    """A file that is no baseline, or a broken one; the message says where."""


class Baseline(NamedTuple):
    """What a file holds.

    Attributes:
        sites: each known site's line, with the comments above it.
        rest: the comments below the last one.
    """

    sites: dict[str, tuple[str, ...]]
    rest: tuple[str, ...] = ()

    def changed(self, seen: Collection[str], *, whole: bool, off: Collection[str] = ()) -> Baseline:
        """Return this with the sites of a run.

        Args:
            seen: the lines of what was found and is to be known from now on.
            whole: whether all that could be found was: then what was not is gone.
            off: codes of the rules that were not looked for.
        """
        lost = gone(self.sites, seen, off) if whole else ()
        kept = {line: told for line, told in self.sites.items() if line not in lost}
        return self._replace(sites={**dict.fromkeys(seen, ()), **kept})


def site(finding: Finding) -> str:
    """Return the line of the site that ``finding`` is of."""
    handed = finding.handover.site if finding.handover else None
    whence = f" <- {_word(handed.function)}" if handed else ""
    where = f"{_word(finding.file)}::{_word(finding.function)}"
    return f"{finding.code} {where}{whence}: {_expression(finding)}".rstrip()


def counts(finding: Finding) -> bool:
    """Whether a baseline may know a finding: a leak, and the user's."""
    return finding.status in ("new", "known") and finding.level != "note"


def gone(known: Iterable[str], seen: Collection[str], off: Collection[str]) -> list[str]:
    """Return the sites that a run of the whole suite did not meet, sorted.

    Args:
        known: the lines of the baseline.
        seen: the lines of all that was found, whatever became of it.
        off: codes of the rules that were not looked for.
    """
    return sorted(line for line in known if line not in seen and line.split(" ")[0] not in off)


def read(text: str) -> Baseline:
    """Return what a file holds; an empty one holds nothing.

    Raises:
        BaselineError: it is none of ours, or a line is no site; the message begins with its number.
    """
    first, *lines = text.removeprefix("\ufeff").splitlines() or [HEADER]
    if first.rstrip() != HEADER:
        raise BaselineError(_foreign(first))
    head = _NOTE.splitlines()
    sites: dict[str, tuple[str, ...]] = {}
    comments: list[str] = []
    for number, line in enumerate((each.rstrip() for each in lines), start=2):
        if line.startswith("#"):
            comments += [] if line in head else [line]
        elif line:
            _check(line, number)
            sites[line] = (*sites.get(line, ()), *comments)
            comments = []
    return Baseline(sites, tuple(comments))


def write(baseline: Baseline) -> str:
    """Return the text of a file that holds ``baseline``, sorted."""
    return "\n".join([HEADER, *_NOTE.splitlines(), "", *_lines(baseline), ""])


def _lines(baseline: Baseline) -> Iterator[str]:
    for line, comments in sorted(baseline.sites.items()):
        yield from comments
        yield line
    yield from baseline.rest


def _check(line: str, number: int) -> None:
    found = _LINE.fullmatch(line)
    if found is None:
        raise BaselineError(f"line {number}: {line[:LONGEST]!r} is no site; one reads {_FORM!r}")
    if rules.find(found["code"]) is None:
        known = ", ".join(rule.code for rule in rules.RULES)
        raise BaselineError(f"line {number}: {found['code']!r} is no rule; the rules are {known}")


def _foreign(first: str) -> str:
    version = _VERSION.fullmatch(first.rstrip())
    if version is not None:
        return f"line 1: it is of version {version[1]}, and this is read: version 1"
    return f"line 1: it is no baseline, which begins with {HEADER!r}"


def _word(text: str) -> str:
    r"""Return ``text`` as one word: what would end it is spelt out, as ``\x20``."""
    return _plain(text, but=" :\\") or "?"


def _expression(finding: Finding) -> str:
    text = _plain(finding.expression)
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}... [{finding.fingerprint[:8]}]"


def _plain(text: str, but: str = "") -> str:
    """Return ``text`` on one line: no editor or merge makes two of it.

    Args:
        text: any text.
        but: which characters are spelt out, too.
    """
    return "".join(
        each if each.isprintable() and each not in but else _spelt(each) for each in text
    )


def _spelt(character: str) -> str:
    if character.isprintable():
        return f"\\x{ord(character):02x}"
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
