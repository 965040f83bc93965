"""Telling a schedule that bled: which lines, in which order, and what held the data between them."""

from __future__ import annotations

import linecache
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pytest_flaskctx.findings import BleedStep
from pytest_flaskctx.isolation.oracle import Evidence
from pytest_flaskctx.isolation.runs import Run
from pytest_flaskctx.isolation.schedules import LETTERS
from pytest_flaskctx.isolation.turns import Point
from pytest_flaskctx.isolation.witness import Witness, Written
from pytest_flaskctx.source import shown

_AROUND = 2
_MOST = 40


class Story(NamedTuple):
    """What is told of a run.

    Attributes:
        steps: the lines, in time order.
        holder: where the token lay; ``None`` where that is not known.
        victim: the line by which the victim likely got it.
    """

    steps: tuple[BleedStep, ...]
    holder: Written | None
    victim: Point | None


def story(run: Run, evidence: Evidence, witness: Witness, root: Path) -> Story:
    """Return what is to be told of a run that bled.

    Args:
        run: the run.
        evidence: what shows it.
        witness: where the tokens lay in that very run.
        root: the root directory, to which files are relative.
    """
    holder, written = _holder(evidence, witness.written)
    marks: dict[int, str] = {}
    for each in written:
        place = _index(run.points, each)
        if place is not None:
            marks[place] = "writes"
    last = max((each.moment for each in written), default=0)
    read = _read(run, evidence.who, holder, last)
    if read is not None:
        marks[read] = "reads"
    kept = _kept(run.points, marks)
    steps = tuple(_step(run.points[place], marks.get(place, ""), root) for place in kept)
    victim = run.points[read] if read is not None else _last(run, evidence.who)
    return Story(_merged(steps), holder, victim)


def _holder(evidence: Evidence, written: Sequence[Written]) -> tuple[Written | None, list[Written]]:
    """Return what held the data that got astray, and how it was written.

    Of several places, that is one which held the token of both, in turn, or which both have written;
    then the last one written.
    """
    whose = evidence.whose
    wanted = [each for each in written if whose is None or whose in each.tokens]
    if not wanted:
        return None, []

    def rank(each: Written) -> tuple[bool, bool, int]:
        others = [other for other in written if other.path == each.path]
        if whose is None:
            both = len({other.by.who for other in others if other.by is not None}) > 1
        else:
            both = any(evidence.who in other.tokens for other in others)
        return (not both, each.path.startswith("app."), -each.moment)

    best = min(wanted, key=rank)
    return best, [each for each in written if each.path == best.path and each.moment <= best.moment]


def _index(points: Sequence[Point], written: Written) -> int | None:
    """Return the place of the step that wrote: the last of its line before it was seen."""
    for place in range(min(written.moment, len(points)) - 1, -1, -1):
        if points[place] is written.by:
            return place
    return None


def _read(run: Run, who: int, holder: Written | None, after: int) -> int | None:
    """Return the place of the victim's first later line that mentions the holder's name."""
    if holder is None or not holder.name:
        return None
    mentions = re.compile(rf"\b{re.escape(holder.name)}\b")
    for place in range(max(0, after - 1), len(run.points)):
        point = run.points[place]
        if point.who == who and point.kind != "return" and mentions.search(source_of(point)):
            return place
    return None


def _last(run: Run, who: int) -> Point | None:
    return next((point for point in reversed(run.points) if point.who == who), None)


def _kept(points: Sequence[Point], marks: dict[int, str]) -> list[int]:
    """Return the places of the steps that are worth telling: around marks and switches."""
    turning = {
        place for place in range(1, len(points)) if points[place].who != points[place - 1].who
    }
    middle = {*marks, *turning, *(place - 1 for place in turning)}
    wanted = sorted(
        place
        for place in range(len(points))
        if any(abs(place - each) <= _AROUND for each in middle)
    )
    return wanted[:_MOST]


def _step(point: Point, role: str, root: Path) -> BleedStep:
    return BleedStep(
        participant=LETTERS[point.who],
        file=shown(point.code.co_filename, root),
        line=point.line,
        function=point.code.co_qualname,
        source=source_of(point).strip(),
        role=role,  # type: ignore[arg-type]
    )


def source_of(point: Point) -> str:
    """Return the line of source of a step."""
    return linecache.getline(point.code.co_filename, point.line)


def _merged(steps: Sequence[BleedStep]) -> tuple[BleedStep, ...]:
    """Return steps without those that only say again where one already is."""
    merged: list[BleedStep] = []
    for step in steps:
        if merged and merged[-1]._replace(role="") == step._replace(role=""):
            merged[-1] = merged[-1]._replace(role=merged[-1].role or step.role)
        else:
            merged.append(step)
    return tuple(merged)
