"""Telling what bled: by the shortest schedule that shows it, with its story and what to write instead."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import NamedTuple

from pytest_flaskctx.findings import Bleed, Site
from pytest_flaskctx.isolation import explaining, replaying
from pytest_flaskctx.isolation.exploring import Bled, Explorer, Stopped
from pytest_flaskctx.isolation.oracle import Evidence
from pytest_flaskctx.isolation.overlap import codes_of
from pytest_flaskctx.isolation.replaying import Grain, Replay
from pytest_flaskctx.isolation.runs import Run
from pytest_flaskctx.isolation.schedules import LETTERS, Schedule, written
from pytest_flaskctx.isolation.shrinking import shrink
from pytest_flaskctx.isolation.visits import Visit
from pytest_flaskctx.isolation.witness import Witness
from pytest_flaskctx.rules import bleed as words
from pytest_flaskctx.source import shown


class Told(NamedTuple):
    """What is told of what bled.

    Attributes:
        bleed: how it came about.
        site: where the data was read, most likely, or where a visit failed.
        message: what is wrong, in one sentence.
        hint: what to write instead.
        replay: what replays the schedule; ``None`` where one request after the other is enough.
    """

    bleed: Bleed
    site: Site
    message: str
    hint: str
    replay: Replay | None


class Teller:
    """Tells what an explorer found.

    Args:
        explorer: runs schedules again.
        root: the root directory, to which files are relative.
        call: which call of its test it is, from 1.
        seed: what decided where chance did.
    """

    def __init__(self, explorer: Explorer, root: Path, call: int, seed: str) -> None:
        self._explorer = explorer
        self._root = root
        self._call = call
        self._seed = seed

    def tell(self, bled: Bled) -> Told:
        """Return the shortest schedule that shows it, told."""
        run, evidence = bled.run, bled.evidence
        serial = bled.tier == "serial"
        schedule: Schedule = run.schedule
        if not serial:
            schedule = shrink(run.schedule, lambda each: self._still(run, each, evidence))
        codes = [codes_of(visitor.visit) for visitor in run.visitors]
        witness = Witness(frozenset().union(*codes))
        told = self._explorer.replay(
            run.group, schedule, fine=run.fine, one_thread=serial, observe=witness
        )
        again = self._explorer.evidence(told)
        if again is not None and again.kind == evidence.kind:
            run, evidence = told, again
        else:
            # It does not do so each time: what was seen is told.
            schedule, witness = run.schedule, Witness()
        steady = run is told
        story = explaining.story(run, evidence, witness, self._root)
        grain: Grain = "s" if serial else "i" if run.fine else "l"
        replay = Replay(self._call, run.group, schedule, grain, replaying.digest(run))
        holder = story.holder
        bleed = Bleed(
            kind=evidence.kind,
            schedule="one after the other" if serial else written(schedule),
            replay=str(replay),
            seed=self._seed,
            tier=bled.tier,
            visits=tuple(_name(visitor.visit) for visitor in run.visitors),
            evidence=evidence.where,
            packed=evidence.how,
            what=holder.what if holder else "",
            holder=holder.path if holder else "",
            # Of an earlier visitor's data nothing is known from this run.
            steps=() if evidence.kind == "token" and evidence.whose is None else story.steps,
            within_line=run.fine,
            without_gil=story.without_gil,
            steady=steady,
        )
        return Told(
            bleed=bleed,
            site=self._site(story, run),
            message=_message(evidence, serial=serial),
            hint=words.hint(
                evidence.kind,
                bleed.what,
                bleed.holder,
                holder.name if holder else "value",
                serial=serial,
            ),
            replay=None if serial else replay,
        )

    def _still(self, run: Run, schedule: Schedule, evidence: Evidence) -> bool:
        try:
            again = self._explorer.replay(run.group, schedule, fine=run.fine)
        except Stopped:
            return False
        found = self._explorer.evidence(again)
        return found is not None and found.kind == evidence.kind

    def _site(self, story: explaining.Story, run: Run) -> Site:
        point = story.victim or next(iter(run.points[::-1]), None)
        if point is None:
            return Site("<unknown>", 0, None, None, "", "")
        return Site(
            file=shown(point.code.co_filename, self._root),
            line=point.line,
            column=None,
            end_column=None,
            function=point.code.co_qualname,
            expression=point.source.strip(),
        )


def _message(evidence: Evidence, *, serial: bool) -> str:
    whose = LETTERS[evidence.whose] if evidence.whose is not None else ""
    return words.message(
        evidence.kind,
        LETTERS[evidence.who],
        whose,
        evidence.where,
        serial=serial,
        detail=evidence.detail,
    )


def _name(visit: Visit) -> str:
    return str(getattr(inspect.unwrap(visit), "__name__", type(visit).__name__))
