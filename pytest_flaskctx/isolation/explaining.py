"""Telling a schedule that bled: which lines, in which order, and what held the data between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from pytest_flaskctx.findings import BleedStep
from pytest_flaskctx.isolation import suspects
from pytest_flaskctx.isolation.instructions import adjoin
from pytest_flaskctx.isolation.oracle import Evidence
from pytest_flaskctx.isolation.order import as_run
from pytest_flaskctx.isolation.overlap import codes_of
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
        victim: the line by which the victim likely got it, or at which it failed.
        without_gil: whether a Python that has a GIL makes no switch there.
    """

    steps: tuple[BleedStep, ...]
    holder: Written | None
    victim: Point | None
    without_gil: bool = False


def story(run: Run, evidence: Evidence, witness: Witness, root: Path) -> Story:
    """Return what is to be told of a run that bled.

    Args:
        run: the run.
        evidence: what shows it.
        witness: where the tokens lay in that very run.
        root: the root directory, to which files are relative.
    """
    failed = suspects.failed(run, evidence)
    holder, written, victim, read = suspects.found(run, evidence, witness.written, failed)
    places = (suspects.index(run.points, each) for each in written)
    roles = (*((place, "writes") for place in places), (read, "reads"), (failed, "fails"))
    marks = {place: role for place, role in roles if place is not None}
    order = [place for place in as_run(run.points) if run.points[place].kind != "proxy"]
    kept = _kept([run.points[place] for place in order], order, marks)
    steps = tuple(_step(run.points[place], marks.get(place, ""), root) for place in kept)
    told = failed if failed is not None else read
    point = run.points[told] if told is not None else _last(run, victim, evidence.when)
    return Story(_merged(steps), holder, point, _adjoins(run, marks, read, holder))


def _adjoins(run: Run, marks: dict[int, str], read: int | None, holder: Written | None) -> bool:
    """Whether the victim's own write and its read have nothing between them that is called."""
    if read is None or holder is None:
        return False
    point = run.points[read]
    own = [place for place in marks if place < read and run.points[place].who == point.who]
    if not own:
        return False
    wrote = run.points[max(own)]
    between = (run.points[place].who == point.who for place in range(max(own) + 1, read))
    if any(between) or wrote.code is not point.code:
        return False
    return adjoin(point.code, wrote.line, point.line, holder.name)


def _last(run: Run, who: int, when: tuple[int, int] | None) -> Point | None:
    """Return the last step of a participant: one of the app's, in the request that brought the data."""
    visit = codes_of(run.visitors[who].visit)
    first, end = when or (0, len(run.points))
    last = None
    for place in range(len(run.points) - 1, -1, -1):
        point = run.points[place]
        if point.who == who and point.kind != "proxy":
            last = last or point
            if first <= place < end and id(point.code) not in visit:
                return point
    return last


def _kept(points: Sequence[Point], order: Sequence[int], marks: dict[int, str]) -> list[int]:
    """Return the places of the steps that are worth telling: around marks and switches.

    Args:
        points: the steps, in the order in which their lines were run.
        order: the place of each of them in time.
        marks: the places in time that matter.
    """
    turning = {at for at in range(1, len(points)) if points[at].who != points[at - 1].who}
    marked = {at for at, place in enumerate(order) if place in marks}
    middle = {*marked, *turning, *(at - 1 for at in turning)}
    # What comes after it was read, or after it failed, explains nothing.
    ends = [at for at in marked if marks[order[at]] != "writes"]
    end = max(marked) + 1 if ends else len(points)
    near = (at for at in range(len(points)) if any(abs(at - each) <= _AROUND for each in middle))
    told = sorted((at for at in near if at < end), key=lambda at: _distance(at, marked))
    return [order[at] for at in sorted(told[:_MOST])]


def _distance(at: int, marked: Iterable[int]) -> int:
    return min((abs(at - each) for each in marked), default=at)


def _step(point: Point, role: str, root: Path) -> BleedStep:
    return BleedStep(
        participant=LETTERS[point.who],
        file=shown(point.code.co_filename, root),
        line=point.line,
        function=point.code.co_qualname,
        source=point.source.strip(),
        role=role,  # type: ignore[arg-type]
    )


def _merged(steps: Sequence[BleedStep]) -> tuple[BleedStep, ...]:
    """Return steps without those that only say again where one already is."""
    merged: list[BleedStep] = []
    for step in steps:
        if merged and merged[-1]._replace(role="") == step._replace(role=""):
            merged[-1] = merged[-1]._replace(role=merged[-1].role or step.role)
        else:
            merged.append(step)
    return tuple(merged)
