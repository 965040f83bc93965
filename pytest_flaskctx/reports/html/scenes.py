"""Which tests are drawn, the worst first, and what stands under each drawing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pytest_flaskctx.findings import Bleed, BleedStep
from pytest_flaskctx.reports.html.captions import Caption, captions
from pytest_flaskctx.reports.html.choosing import Chosen, Key, Leak, choose
from pytest_flaskctx.reports.html.figures import Picture
from pytest_flaskctx.reports.html.picture import draw
from pytest_flaskctx.timeline import Timeline

MOST_SCENES = 100
"""How many are drawn that show no finding which none before them shows."""
TOLD = 4
"""Sentences under a drawing; the others are folded."""
MOST_TOLD = 200

_MANY_STEPS = 60
_AROUND = 3


class Row(NamedTuple):
    """A step of a schedule; without one, some steps that are left out.

    Attributes:
        step: what ran.
        column: that of its participant, from 0.
        left_out: how many steps, where there is no step.
    """

    step: BleedStep | None
    column: int
    left_out: int = 0


class Schedule(NamedTuple):
    """The steps of a bleed, a column a participant.

    Attributes:
        heads: what stands over each column.
        rows: the steps.
    """

    heads: tuple[str, ...]
    rows: tuple[Row, ...]


class Scene(NamedTuple):
    """What happened in one test.

    Attributes:
        number: its place in the page, from 1.
        test: the id of the test.
        captions: a sentence for each finding.
        picture: the drawing, ``None`` where there is a schedule.
        schedule: how data came from one request to another.
        left_out: how many events were not kept.
    """

    number: int
    test: str
    captions: tuple[Caption, ...]
    picture: Picture | None = None
    schedule: Schedule | None = None
    left_out: int = 0

    @property
    def anchor(self) -> str:
        """The id by which the page links to it."""
        return f"scene-{self.number}"


def scenes(leaks: Sequence[Leak], timelines: Iterable[Timeline]) -> list[Scene]:
    """Return the scenes of a run: pictures before tables, and of each the worst first.

    Args:
        leaks: the findings, the worst first.
        timelines: the tests that were recorded.
    """
    found = [*_drawn(leaks, timelines), *_stepped(leaks)]
    found.sort(
        key=lambda scene: (
            scene.schedule is not None,
            *[caption.leak.number for caption in scene.captions][:1],
        )
    )
    return [scene._replace(number=number) for number, scene in enumerate(found, 1)]


def _drawn(leaks: Sequence[Leak], timelines: Iterable[Timeline]) -> Iterator[Scene]:
    known = _by_key(leaks)
    chosen = [each for each in (choose(line, _of(known, line)) for line in timelines) if each]
    chosen.sort(key=_badness)
    seen: set[int] = set()
    repeated = 0
    for each in chosen:
        shown = {point.leak.number for point in each.points}
        repeated += shown <= seen
        if not shown <= seen or repeated <= MOST_SCENES:
            yield Scene(
                number=0,
                test=each.timeline.test,
                captions=tuple(captions(each)),
                picture=draw(each),
                left_out=each.timeline.left_out,
            )
        seen |= shown


def _badness(chosen: Chosen) -> tuple[object, ...]:
    worst = min(point.leak.number for point in chosen.points)
    return (worst, -len({point.leak.number for point in chosen.points}), chosen.timeline.test)


def _stepped(leaks: Iterable[Leak]) -> Iterator[Scene]:
    for leak in leaks:
        bleed, tests = leak.finding.bleed, leak.finding.tests
        if bleed is not None and bleed.steps:
            caption = Caption(leak, f"{leak.finding.message}.")
            yield Scene(0, tests[0] if tests else "", (caption,), schedule=schedule(bleed))


def _by_key(leaks: Iterable[Leak]) -> dict[Key, list[Leak]]:
    found: dict[Key, list[Leak]] = {}
    for leak in leaks:
        found.setdefault((leak.finding.fingerprint, leak.finding.code), []).append(leak)
    return found


def _of(known: Mapping[Key, Sequence[Leak]], timeline: Timeline) -> dict[Key, Leak]:
    """Return the findings that the marks of a test are of: the worst that name the test, or any."""
    found: dict[Key, Leak] = {}
    for key in {(mark.fingerprint, mark.code) for mark in timeline.marks} & known.keys():
        named = (leak for leak in known[key] if timeline.test in leak.finding.tests)
        found[key] = next(named, known[key][0])
    return found


def schedule(bleed: Bleed) -> Schedule:
    """Return the steps of a bleed in columns; of a long one, those around what matters."""
    names = sorted({step.participant for step in bleed.steps})
    kept = _kept(bleed.steps)
    rows: list[Row] = []
    for number, step in enumerate(bleed.steps):
        if number in kept:
            rows.append(Row(step, names.index(step.participant)))
        elif rows and rows[-1].step is None:
            rows[-1] = rows[-1]._replace(left_out=rows[-1].left_out + 1)
        else:
            rows.append(Row(None, 0, 1))
    return Schedule(tuple(f"visitor {name}" for name in names), tuple(rows))


def _kept(steps: Sequence[BleedStep]) -> set[int]:
    if len(steps) <= _MANY_STEPS:
        return set(range(len(steps)))
    marked = [number for number, step in enumerate(steps) if step.role]
    around = {each for number in marked for each in range(number - _AROUND, number + _AROUND + 1)}
    return around | {0, len(steps) - 1}
