"""A finding as a card: the words of :mod:`telling`, with source in colour and nothing cut by width."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from pytest_flaskctx.facts import Frame, Stack
from pytest_flaskctx.findings import Finding, Handover, Site
from pytest_flaskctx.reports import bleeds, telling
from pytest_flaskctx.reports.html.choosing import Leak
from pytest_flaskctx.reports.html.source import Line, Piece, Sources, code
from pytest_flaskctx.reports.html.texts import Block, blocks
from pytest_flaskctx.reports.telling import Place, tell
from pytest_flaskctx.reports.terminalsafe import escape
from pytest_flaskctx.source import shown

MOST_TESTS = 300
MOST_FRAMES = 80


class Spot(NamedTuple):
    """A place with its source.

    Attributes:
        place: what is said of it.
        lines: the source around it.
        frames: all of its stack, a line each.
    """

    place: Place
    lines: tuple[Line, ...]
    frames: tuple[str, ...]


class Advice(NamedTuple):
    """A part of the fix, or of what is known.

    Attributes:
        block: the text.
        lines: the code, highlighted; none where it is prose.
    """

    block: Block
    lines: tuple[tuple[Piece, ...], ...]


class Change(NamedTuple):
    """A line of a patch.

    Attributes:
        kind: ``add``, ``remove``, ``head`` or nothing.
        text: the line.
    """

    kind: str
    text: str


class Card(NamedTuple):
    """All that the page tells of a finding.

    Attributes:
        leak: the finding and its number.
        places: where it was used, handed over, or started.
        facts: what else is known.
        why: what is bad about it.
        fix: what to write instead.
        patch: the lines of a patch; none where there is none.
        tests: the tests that the facts do not name, there being too many.
        ids: the numbers of all its tests, for the filter.
        scene: the anchor of the picture that shows it; empty for none.
        more: the command that tells more.
    """

    leak: Leak
    places: tuple[Spot, ...]
    facts: tuple[Advice, ...]
    why: str
    fix: tuple[Advice, ...]
    patch: tuple[Change, ...]
    tests: tuple[str, ...]
    ids: tuple[int, ...]
    scene: str
    more: str

    @property
    def finding(self) -> Finding:
        """The finding."""
        return self.leak.finding


class Cards:
    """Makes cards, reading each file of source once.

    Args:
        root: the root directory, to which files are relative.
        patch_of: returns the patch that repairs a finding, as a diff.
        scenes: the anchor of the picture that shows a finding, by the finding's number.
        tests: the number of each test.
    """

    def __init__(
        self,
        root: Path,
        patch_of: Callable[[Finding], str | None],
        scenes: dict[int, str],
        tests: dict[str, int],
    ) -> None:
        self._root = root
        self._patch_of = patch_of
        self._scenes = scenes
        self._tests = tests
        self._sources = Sources(root)

    def card(self, leak: Leak) -> Card:
        """Return the card of a finding."""
        finding = leak.finding
        told = tell(finding, root=self._root, alone=True)
        # The schedule is drawn as a table.
        drawn = len(bleeds.drawn(finding.bleed, telling.WIDTH)) if finding.bleed else 0
        many = len(finding.tests) > telling.MAX_TESTS
        return Card(
            leak=leak,
            places=tuple(self._places(finding, told.places)),
            facts=tuple(_advice(told.facts[drawn:], python=False)),
            why=told.why,
            fix=tuple(_advice(told.fix, python=True)),
            patch=tuple(_changes(self._patch_of(finding) or "")),
            tests=finding.tests if many else (),
            ids=tuple(self._tests[test] for test in finding.tests),
            scene=self._scenes.get(leak.number, ""),
            more=told.more,
        )

    def _places(self, finding: Finding, places: Iterable[Place]) -> Iterator[Spot]:
        known = list(_sites(finding))
        for place in places:
            site, stack = next(each for each in known if _is_at(each[0], place))
            known.remove((site, stack))
            yield Spot(place, tuple(self._sources.lines(site)), tuple(self._frames(stack)))

    def _frames(self, stack: Stack) -> Iterator[str]:
        """Yield all frames but those outside the user's outermost one: pytest's are no news."""
        last = max((n for n, frame in enumerate(stack, 1) if frame.kind == "user"), default=1)
        for frame in stack[: min(last, MOST_FRAMES)]:
            yield _where(frame, self._root)
        outside = len(stack) - min(last, MOST_FRAMES)
        if outside > 0:
            yield f"and {outside} more outside your code"


def _where(frame: Frame, root: Path) -> str:
    return f"{shown(frame.file, root)}:{frame.line} in {frame.function}  [{frame.kind}]"


def _sites(finding: Finding) -> Iterator[tuple[Site, Stack]]:
    """Yield the places that may be told of, in the order in which they are."""
    yield finding.site, finding.stack
    yield from (each for each in map(_handed, (finding.handover, finding.started)) if each)


def _handed(known: Handover | None) -> tuple[Site, Stack] | None:
    return (known.site, known.origin.stack) if known and known.site else None


def _is_at(site: Site, place: Place) -> bool:
    return (escape(site.file), site.line) == (place.file, place.line)


def _advice(lines: Iterable[str], *, python: bool) -> Iterator[Advice]:
    for block in blocks(lines):
        highlighted = python and block.code
        pieces = code(block.text) if highlighted else []
        yield Advice(block, tuple(pieces))


def _changes(patch: str) -> Iterator[Change]:
    kinds = {"+": "add", "-": "remove", "@": "head"}
    for line in patch.splitlines():
        head = line.startswith(("+++ ", "--- ", "diff "))
        yield Change("head" if head else kinds.get(line[:1], ""), line)
