"""Telling a schedule that bled: which lines, in which order, and what held the data between them."""

from __future__ import annotations

import linecache
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from pytest_flaskctx.findings import BleedStep
from pytest_flaskctx.isolation.instructions import adjoin
from pytest_flaskctx.isolation.oracle import Evidence
from pytest_flaskctx.isolation.overlap import codes_of
from pytest_flaskctx.isolation.runs import Run
from pytest_flaskctx.isolation.schedules import LETTERS
from pytest_flaskctx.isolation.turns import Point
from pytest_flaskctx.isolation.witness import Witness, Written
from pytest_flaskctx.source import shown

_AROUND = 2
_STRING = re.compile(
    r"""(?P<prefix>(?:\b[A-Za-z]{1,2})?)(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
)
_MOST = 40


class Story(NamedTuple):
    """What is told of a run.

    Attributes:
        steps: the lines, in time order.
        holder: where the token lay; ``None`` where that is not known.
        victim: the line by which the victim likely got it.
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
    holder, written = _holder(evidence, witness.written)
    marks: dict[int, str] = {}
    for each in written:
        place = _index(run.points, each)
        if place is not None:
            marks[place] = "writes"
    victim = evidence.who
    if holder is not None and written:
        victim, read = _read(run, evidence, holder, written[-1])
        if read is not None:
            marks[read] = "reads"
    else:
        read = None
    order = _as_run(run.points)
    kept = _kept([run.points[place] for place in order], order, marks)
    steps = tuple(
        _step(run.points[place], marks.get(place, ""), root)
        for place in kept
        if run.points[place].kind != "proxy"
    )
    point = run.points[read] if read is not None else _last(run, victim)
    return Story(_merged(steps), holder, point, _adjoins(run, marks, read, holder))


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
    return best, [
        each
        for each in written
        if each.path == best.path and each.moment <= best.moment and (whose is None or each.tokens)
    ]


def _index(points: Sequence[Point], written: Written) -> int | None:
    """Return the place of the step that wrote: the last of its line before it was seen."""
    for place in range(min(written.moment, len(points)) - 1, -1, -1):
        if points[place] is written.by:
            return place
    return None


def _read(run: Run, evidence: Evidence, holder: Written, last: Written) -> tuple[int, int | None]:
    """Return who likely read what was written, and the place of the step that did.

    That is the victim's first later line that mentions the holder, or the one at which it stood
    meanwhile. Of an update that got lost it is the last line before by which the other one read
    what was no longer so.
    """
    written = _index(run.points, last)
    if written is None or not holder.name:
        return evidence.who, None
    writer = run.points[written].who
    if evidence.whose is None:
        # The line at which it stood meanwhile was not run yet.
        others = [place for place in range(written) if run.points[place].who != writer][:-1]
        found = _mentioning(run, others[::-1], holder)
        return (run.points[found].who if found is not None else evidence.who), found
    victim = evidence.who
    stood = [place for place in range(written) if run.points[place].who == victim][-1:]
    later = range(written + 1, len(run.points))
    places = [place for place in later if run.points[place].who == victim]
    return victim, _mentioning(run, [*(stood if writer != victim else ()), *places], holder)


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


def _mentioning(run: Run, places: Iterable[int], holder: Written) -> int | None:
    """Return the first of some places whose line, in the app, mentions the holder's name."""
    mentions = re.compile(rf"\b{re.escape(holder.name)}\b")
    visits = [codes_of(visitor.visit) for visitor in run.visitors]
    for place in places:
        point = run.points[place]
        if point.kind in ("return", "proxy") or id(point.code) in visits[point.who]:
            continue
        text = source_of(point)
        if holder.what != "environment variable":
            text = _STRING.sub(_code_in, text)
        if mentions.search(text):
            return place
    return None


def _code_in(found: re.Match[str]) -> str:
    """Return what of a string literal is code: the fields of an f-string."""
    is_format = "f" in found["prefix"].lower()
    return " ".join(re.findall(r"\{([^{}]*)\}", found[0])) if is_format else '""'


def _last(run: Run, who: int) -> Point | None:
    own = (point for point in reversed(run.points) if point.who == who)
    return next((point for point in own if point.kind != "proxy"), None)


def _as_run(points: Sequence[Point]) -> list[int]:
    """Return the places of the steps in the order in which their lines were run.

    A participant stands before the line of its step: where another one goes on then, it is run when the
    turn comes back.
    """
    order: list[int] = []
    standing: dict[int, int] = {}
    for place, point in enumerate(points):
        if point.who in standing:
            order.append(standing.pop(point.who))
        parked = place + 1 < len(points) and points[place + 1].who != point.who
        if parked and point.kind != "return":
            standing[point.who] = place
        else:
            order.append(place)
    return [*order, *standing.values()]


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
    # What comes after the last of what matters explains nothing.
    end = max(marked, default=len(points)) + 1
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
