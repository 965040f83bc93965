"""Isolation, without pytest: what may be asked for, and what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import combinations
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pytest_flaskctx.errors import IsolationError
from pytest_flaskctx.findings import Bleed, Site
from pytest_flaskctx.flasknames import is_application
from pytest_flaskctx.isolation import refusing, replaying, troubles
from pytest_flaskctx.isolation.exploring import Bled, Explorer, Plan, Stopped, Undecided
from pytest_flaskctx.isolation.following import Following
from pytest_flaskctx.isolation.oracle import Shared
from pytest_flaskctx.isolation.reach import Reach
from pytest_flaskctx.isolation.replaying import Replay
from pytest_flaskctx.isolation.runs import Group, Run, Runner
from pytest_flaskctx.isolation.schedules import Schedule
from pytest_flaskctx.isolation.stepping import stepping
from pytest_flaskctx.isolation.telling import Teller
from pytest_flaskctx.isolation.tokens import Tokens
from pytest_flaskctx.isolation.verdicts import IsolationResult
from pytest_flaskctx.isolation.visits import Visit
from pytest_flaskctx.source import shown
from pytest_flaskctx.system import System

Oracle = Literal["token", "serial"]


class Asked(NamedTuple):
    """What is to be explored, checked.

    Attributes:
        visits: what participants do, one or several unlike ones.
        app: a Flask application, or a factory of it without arguments.
        copies: how many participants one visit has at most.
        oracle: ``serial`` to compare outcomes with those of serial orders, too.
        expect: the user's own check.
        shared: what participants may see of each other.
        reset: puts back what lies outside of the program.
        max_schedules: how many schedules to run.
        max_seconds: when to stop all the same.
        seed: what decides where chance does.
    """

    visits: tuple[Visit, ...]
    app: Any
    copies: int
    oracle: Oracle
    expect: Callable[[Any, str], object] | None
    shared: tuple[Shared, ...]
    reset: Callable[[], object] | None
    max_schedules: int
    max_seconds: float
    seed: str


class Explored(NamedTuple):
    """What an exploration came to.

    Attributes:
        result: for the caller.
        bleed: what bled; ``None`` if nothing did.
        site: where the data was read, most likely.
        message: what is wrong, in one sentence.
        hint: what to write instead.
        replay: what replays the schedule that bled.
    """

    result: IsolationResult
    bleed: Bleed | None = None
    site: Site | None = None
    message: str = ""
    hint: str = ""
    replay: Replay | None = None


class Isolation:
    """Explores what is asked for.

    Args:
        asked: what.
        reach: tells whose lines are switch points.
        root: the root directory, to which files are relative.
        call: which call of its test it is, from 1.
        held: whether somebody stands at a debugger's prompt.
        before: called before each schedule.
    """

    def __init__(
        self,
        asked: Asked,
        reach: Reach,
        root: Path,
        call: int = 1,
        held: Callable[[], bool] = lambda: False,
        before: Callable[[], None] = lambda: None,
    ) -> None:
        self._call = call
        self._asked = asked
        self._reach = reach
        self._root = root
        self._following = Following(reach)
        fresh = not is_application(asked.app)

        self._runner = Runner(
            asked.visits,
            asked.app if fresh else lambda: asked.app,
            lambda app: refusing.check_databases(app, self._following.modules.values()),
            self._following.state,
            stepping(
                lambda code: reach.steps(code.co_filename),
                lambda code: reach.extends(code.co_filename),
            ),
            Tokens(asked.seed),
            fresh=fresh,
            reset=asked.reset,
            held=held,
            before=before,
        )
        self._explorer = Explorer(self._runner, _plan(asked), System.monotonic)

    def explore(self, first: Iterable[tuple[Group, Schedule, bool]] = ()) -> Explored:
        """Look for bleeds.

        Args:
            first: schedules to try before all others.

        Raises:
            IsolationError: it cannot be explored, or a visit never ends.
            Exception: what a visit raises by itself.
        """
        # A test may have come to have fewer visits.
        known = range(len(self._asked.visits))
        there = [each for each in first if all(visit in known for visit in each[0])]
        return self._guarded(lambda: self._explorer.explore(there))

    def replay(self, replay: Replay) -> Explored:
        """Run one schedule again.

        Raises:
            IsolationError: the code is no longer that for which it was written.
        """
        if any(each >= len(self._asked.visits) for each in replay.group):
            raise IsolationError(f"the replay {replay} names visits that this call does not have")
        return self._guarded(lambda: self._replayed(replay))

    def _replayed(self, replay: Replay) -> None:
        self._explorer.prepare()
        serial = replay.grain == "s"
        run = self._explorer.replay(
            replay.group, replay.schedule, fine=replay.grain == "i", one_thread=serial
        )
        if replaying.digest(run) != replay.digest:
            raise IsolationError(
                f"the code changed since: the replay {replay} no longer fits the lines that are run"
            )
        self._explorer.judged(run, "serial" if serial else "failed before")
        raise Undecided(f"the replay {replay} fits, and nothing bled", run=run)

    def _guarded(self, explore: Callable[[], None]) -> Explored:
        refusing.check()
        try:
            with self._runner.ready():
                self._explorer.pay_alone()
                if not self._following.grown():
                    return self._explored(explore)
            # Some modules were imported by a visit: what they hold was not known, and their own lines
            # were among the visit's.
            self._explorer.alone.clear()
            with self._runner.ready():
                return self._explored(explore)
        except Undecided as undecided:
            return Explored(self._result(str(undecided), structural=undecided.structural))
        except Stopped as stopped:
            return self._stopped(stopped.run)

    def _explored(self, explore: Callable[[], None]) -> Explored:
        try:
            explore()
        except Bled as bled:
            return self._told(bled)
        return Explored(self._result(self._unmet()))

    def _told(self, bled: Bled) -> Explored:
        teller = Teller(self._explorer, self._root, self._call, self._asked.seed)
        told = teller.tell(bled)
        return Explored(self._result("", bled=True), *told)

    def _stopped(self, run: Run) -> Explored:
        if run.trouble is not None and run.trouble.kind == "spins":
            return Explored(self._result(troubles.spinning(run, self._root)))
        raise IsolationError(troubles.told(run, self._reach.steps, self._root))

    def _unmet(self) -> str:
        """Return why nothing could be seen; empty if something could."""
        overlap = self._explorer.overlap
        if overlap.lines:
            return ""
        if overlap.locks:
            names = {troubles.lock_name(lock, self._root) for lock in overlap.locks.values()}
            return f"the requests never overlapped: {', '.join(sorted(names))} keeps them apart"
        if overlap.asleep:
            places = {troubles.place(point, self._root) for point in overlap.asleep}
            return (
                f"the requests never overlapped: code in C blocked at {', '.join(sorted(places))}"
            )
        return "the requests never overlapped: none of their lines is yours, or all is one line"

    def _result(
        self, reason: str, *, structural: bool = True, bled: bool = False
    ) -> IsolationResult:
        explorer, state = self._explorer, self._runner.state
        places = {f"{shown(file, self._root)}:{line}" for file, line in explorer.overlap.lines}
        return IsolationResult(
            verdict="bleeds" if bled else "inconclusive" if reason else "isolated",
            reason=reason,
            structural=bool(reason) and structural,
            schedules=self._runner.count,
            steps=self._runner.steps,
            points=max((run.steps()[0] for run in explorer.alone.values()), default=0),
            both_in=tuple(sorted(places)),
            tiers=tuple(explorer.completed),
            not_put_back=(*state.moved, *self._following.limits(state)),
            varying=tuple(explorer.varying),
            seed=self._asked.seed,
        )


def _plan(asked: Asked) -> Plan:
    count = len(asked.visits)
    return Plan(
        groups=groups_of(count),
        crowds=crowds_of(count, asked.copies),
        serial_oracle=asked.oracle == "serial",
        expect=asked.expect,
        shared=asked.shared,
        max_schedules=asked.max_schedules,
        max_seconds=asked.max_seconds,
        seed=asked.seed,
    )


def groups_of(count: int) -> tuple[Group, ...]:
    """Return who meets whom: each visit itself, then every other one."""
    return (*((each, each) for each in range(count)), *combinations(range(count), 2))


def crowds_of(count: int, copies: int) -> tuple[Group, ...]:
    """Return the larger groups: ``copies`` participants, and all unlike visits at once."""
    crowds: list[Group] = []
    if copies > 2:
        crowds += [(each,) * copies for each in range(count)]
    if count > 2:
        crowds.append(tuple(range(count)))
    return tuple(crowds)
