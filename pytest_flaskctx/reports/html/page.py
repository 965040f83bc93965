"""The whole page: what stands where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pytest_flaskctx import rules
from pytest_flaskctx.findings import Finding, JsonDict
from pytest_flaskctx.grouping import group
from pytest_flaskctx.reports.html.cards import Card, Cards
from pytest_flaskctx.reports.html.choosing import Leak
from pytest_flaskctx.reports.html.filters import SECTIONS, Index, section
from pytest_flaskctx.reports.html.markdown import Part, parts
from pytest_flaskctx.reports.html.rendering import Pages, count_of
from pytest_flaskctx.reports.html.scenes import Scene, scenes
from pytest_flaskctx.reports.html.source import Piece, code
from pytest_flaskctx.timeline import Timeline

_COUNTED = {
    "error": "error",
    "warning": "warning",
    "note": "note",
    "known": "known",
    "allowed": "allowed",
    "expected": "expected",
    "library": "of libraries",
}
"""What is counted at the top, and its words; the first ones are nouns."""
_NOUNS = 3


class Section(NamedTuple):
    """Findings that stand together.

    Attributes:
        name: a word for the filter.
        heading: what stands over them.
        cards: the findings.
    """

    name: str
    heading: str
    cards: tuple[Card, ...]


class RulePage(NamedTuple):
    """What a rule means.

    Attributes:
        code: the rule's.
        parts: its page; empty where the rule is not known here.
        listings: the code on it, highlighted, by the place of its part.
    """

    code: str
    parts: tuple[Part, ...]
    listings: dict[int, list[tuple[Piece, ...]]]


def document(
    findings: Iterable[Finding],
    *,
    timelines: Iterable[Timeline] = (),
    tool: JsonDict,
    summary: JsonDict,
    notes: Sequence[str] = (),
    root: Path,
    patch_of: Callable[[Finding], str | None] = lambda finding: None,
) -> str:
    """Return the page, which can be written as UTF-8.

    Args:
        findings: all findings of the run, in any order.
        timelines: what happened in the tests, as far as that was recorded.
        tool: what found them, and with which versions, as in the JSON file.
        summary: the numbers of the run, as in the JSON file.
        notes: what is to be said of the run itself.
        root: the root directory, to which files are relative.
        patch_of: returns the patch that repairs a finding, as a diff.
    """
    leaks = _leaks(findings)
    index = Index([leak.finding for leak in leaks])
    shown = scenes(leaks, timelines)
    cards = Cards(root, patch_of, _where_shown(shown), index.tests)
    return Pages().render(
        tool=tool,
        summary=summary,
        notes=notes,
        count=len(leaks),
        verdict=_verdict(leaks),
        scenes=shown,
        sections=list(_sections(leaks, cards)),
        filters=index.filters(),
        files=index.files,
        pages=[_rule_page(word) for word in sorted({leak.finding.code for leak in leaks})],
    )


def _leaks(findings: Iterable[Finding]) -> list[Leak]:
    """Return one finding a leak site, numbered in the order of the page."""
    order = list(SECTIONS)
    ordered = sorted(group(findings), key=lambda finding: order.index(section(finding)))
    return [Leak(number, finding) for number, finding in enumerate(ordered, 1)]


def _sections(leaks: Sequence[Leak], cards: Cards) -> Iterator[Section]:
    for name, heading in SECTIONS.items():
        found = [leak for leak in leaks if section(leak.finding) == name]
        if found:
            yield Section(name, heading, tuple(map(cards.card, found)))


def _where_shown(shown: Iterable[Scene]) -> dict[int, str]:
    """Return the anchor of the first scene that shows a finding, by the finding's number."""
    found: dict[int, str] = {}
    for scene in shown:
        for caption in scene.captions:
            found.setdefault(caption.leak.number, scene.anchor)
    return found


def _verdict(leaks: Iterable[Leak]) -> list[tuple[str, str]]:
    """Return what was found, counted: a class and some words each."""
    found: Counter[str] = Counter()
    for finding in (leak.finding for leak in leaks):
        found[finding.level if finding.status == "new" else finding.status] += 1
    return [
        (name, count_of(found[name], word) if number < _NOUNS else f"{found[name]:,} {word}")
        for number, (name, word) in enumerate(_COUNTED.items())
        if found[name]
    ]


def _rule_page(word: str) -> RulePage:
    rule = rules.find(word)
    found = tuple(parts(rule.page)) if rule else ()
    listings = {
        number: code("\n".join(part.lines))
        for number, part in enumerate(found)
        if part.language == "python"
    }
    return RulePage(word, found, listings)
