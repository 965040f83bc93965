"""The whole page: what stands where, and the policy under which it needs nothing but itself."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pytest_flaskctx import rules
from pytest_flaskctx.findings import Finding, JsonDict
from pytest_flaskctx.grouping import group
from pytest_flaskctx.reports.html import markdown, picture
from pytest_flaskctx.reports.html.axis import GAP
from pytest_flaskctx.reports.html.cards import MOST_TESTS, Card, Cards
from pytest_flaskctx.reports.html.choosing import Leak
from pytest_flaskctx.reports.html.scenes import MOST_TOLD, TOLD, Scene, scenes
from pytest_flaskctx.reports.html.source import Piece, code
from pytest_flaskctx.reports.html.texts import harmless, spans
from pytest_flaskctx.timeline import Timeline

if TYPE_CHECKING:
    from jinja2 import Environment

_SECTIONS = {
    "new": "Leaks",
    "note": "Notes",
    "known": "Known, from the baseline",
    "allowed": "Allowed",
    "expected": "Expected by tests",
    "library": "Of libraries",
}
"""What the findings are parted into, in this order."""

_BROWSER_POLICY = "default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'"


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


class Choice(NamedTuple):
    """What a filter may be set to.

    Attributes:
        value: what the findings bear.
        text: what is shown.
        count: how many findings there are of it.
    """

    value: str
    text: str
    count: int


class Filter(NamedTuple):
    """One filter of the page.

    Attributes:
        name: by which script and links know it.
        label: what is written before it.
        choices: what it may be set to.
    """

    name: str
    label: str
    choices: tuple[Choice, ...]


class RulePage(NamedTuple):
    """What a rule means.

    Attributes:
        code: the rule's.
        parts: its page.
        listings: the code on it, highlighted, by the number of its part.
    """

    code: str
    parts: tuple[markdown.Part, ...]
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
    shown = scenes(leaks, timelines)
    tests = {test: number for number, test in enumerate(_tests(leaks))}
    cards = Cards(root, patch_of, _where_shown(shown), tests)
    sections = list(_sections(leaks, cards))
    style, script = _asset("style.css"), _asset("script.js")
    policy = _BROWSER_POLICY.format(style=_hash(style), script=_hash(script))
    page = _environment().get_template("page.html.jinja")
    return page.render(
        policy=policy,
        style=_trusted(style),
        script=_trusted(script),
        tool=tool,
        summary=summary,
        notes=notes,
        verdict=_verdict(leaks),
        scenes=shown,
        sections=sections,
        filters=_filters(leaks, tests),
        indexes={file: number for number, file in enumerate(_files(leaks))},
        pages=[_rule_page(code) for code in sorted({leak.finding.code for leak in leaks})],
        count=len(leaks),
    )


def _leaks(findings: Iterable[Finding]) -> list[Leak]:
    """Return one finding a leak site, numbered in the order of the page."""
    order = list(_SECTIONS)
    ordered = sorted(group(findings), key=lambda finding: order.index(_section(finding)))
    return [Leak(number, finding) for number, finding in enumerate(ordered, 1)]


def _section(finding: Finding) -> str:
    return "note" if finding.level == "note" and finding.status == "new" else finding.status


def _sections(leaks: Sequence[Leak], cards: Cards) -> Iterable[Section]:
    for name, heading in _SECTIONS.items():
        found = [leak for leak in leaks if _section(leak.finding) == name]
        if found:
            yield Section(name, heading, tuple(map(cards.card, found)))


def _where_shown(shown: Iterable[Scene]) -> dict[int, str]:
    """Return the anchor of the first scene that shows a finding, by the finding's number."""
    found: dict[int, str] = {}
    for scene in shown:
        for caption in scene.captions:
            found.setdefault(caption.leak.number, scene.anchor)
    return found


def _verdict(leaks: Sequence[Leak]) -> list[tuple[str, str]]:
    """Return what was found, counted: a class and some words each."""
    counts = Counter(
        leak.finding.level if leak.finding.status == "new" else leak.finding.status
        for leak in leaks
    )
    levels = [
        (level, f"{counts[level]:,} {level}{'s' * (counts[level] != 1)}")
        for level in ("error", "warning", "note")
    ]
    apart = [(name, f"{counts[name]:,} {name}") for name in ("known", "allowed", "expected")]
    library = [("library", f"{counts['library']:,} of libraries")]
    return [each for each in (*levels, *apart, *library) if counts[each[0]]]


def _tests(leaks: Iterable[Leak]) -> list[str]:
    return sorted({test for leak in leaks for test in leak.finding.tests})


def _files(leaks: Iterable[Leak]) -> list[str]:
    return sorted({leak.finding.file for leak in leaks})


def _filters(leaks: Sequence[Leak], tests: dict[str, int]) -> list[Filter]:
    found = [leak.finding for leak in leaks]
    codes = Counter((finding.code, finding.rule) for finding in found)
    by_test = Counter(test for finding in found for test in finding.tests)
    by_file = Counter(finding.file for finding in found)
    by_section = Counter(map(_section, found))
    return [
        Filter("rule", "Rule", tuple(
            Choice(code, f"{code} {rule}", count) for (code, rule), count in sorted(codes.items())
        )),
        Filter("file", "Module", tuple(
            Choice(str(number), file, by_file[file]) for number, file in enumerate(_files(leaks))
        )),
        Filter("test", "Test", tuple(
            Choice(str(number), test or "between tests", by_test[test])
            for test, number in tests.items()
        )),
        Filter("status", "Status", tuple(
            Choice(name, heading, by_section[name])
            for name, heading in _SECTIONS.items()
            if by_section[name]
        )),
    ]  # fmt: skip


def _rule_page(word: str) -> RulePage:
    rule = rules.find(word)
    parts = tuple(markdown.parts(rule.page)) if rule else ()
    listings = {
        number: code("\n".join(part.lines))
        for number, part in enumerate(parts)
        if part.kind == "code" and part.language == "python"
    }
    return RulePage(word, parts, listings)


def _environment() -> Environment:
    """Return the templates' environment, in which no text of the suite's can do harm."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(__name__.rpartition(".")[0]),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalized,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(n=_number, sentence=_sentence, spans=spans)
    environment.globals.update(
        BAR=picture.BAR,
        GAP=GAP,
        LEFT=picture.LEFT,
        MOST_TESTS=MOST_TESTS,
        MOST_TOLD=MOST_TOLD,
        TOLD=TOLD,
        WIDTH=picture.WIDTH,
    )
    return environment


def _finalized(value: object) -> object:
    """Return what is to be shown of a value: of all text that nobody vouches for, its harmless form."""
    return harmless(value) if type(value) is str else value


def _number(value: float) -> str:
    """Return a place in a drawing as shortly as it can be said."""
    return f"{value:.1f}".removesuffix(".0")


def _sentence(heading: str) -> str:
    """Return what stands over a place on a terminal as a heading."""
    return heading[:1].upper() + heading[1:].removesuffix(":")


def _trusted(text: str) -> object:
    from markupsafe import Markup

    # This package's own files: nothing of the suite's is in them.
    return Markup(text)  # noqa: S704


def _asset(name: str) -> str:
    asset = files(__name__.rpartition(".")[0]) / "templates" / name
    return asset.read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
