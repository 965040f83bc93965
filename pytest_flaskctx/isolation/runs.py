"""One run: a group of visits under one schedule, and all that came of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import Any, NamedTuple

from pytest_flaskctx.flasknames import unhandled
from pytest_flaskctx.isolation import carriers, locks, sleeping, starting
from pytest_flaskctx.isolation.bystanders import bystanders
from pytest_flaskctx.isolation.carriers import Outcome
from pytest_flaskctx.isolation.policies import Policy
from pytest_flaskctx.isolation.roles import roles
from pytest_flaskctx.isolation.schedules import Schedule
from pytest_flaskctx.isolation.state import State
from pytest_flaskctx.isolation.stepping import Stepping
from pytest_flaskctx.isolation.swapping import Swapped
from pytest_flaskctx.isolation.tokens import Tokens
from pytest_flaskctx.isolation.turns import Participant, Point, Trouble, Turns
from pytest_flaskctx.isolation.visits import Visit, Visitor

Group = tuple[int, ...]
"""The visits that are paid together, by their places among all."""


class Run(NamedTuple):
    """What came of one schedule.

    Attributes:
        group: whose visits.
        visitors: the participants, by number.
        outcomes: how each ended.
        points: every step, in time order.
        schedule: the schedule as it came about.
        trouble: why it was given up, where it was.
        turns: the turns, to tell where everybody stands.
        fine: whether instructions within a line were switch points.
        unhandled: errors of the application that it answered by 500 and did not raise.
    """

    group: Group
    visitors: tuple[Visitor, ...]
    outcomes: tuple[Outcome, ...]
    points: tuple[Point, ...]
    schedule: Schedule
    trouble: Trouble | None
    turns: Turns
    fine: bool
    unhandled: tuple[BaseException, ...]

    def failures(self) -> tuple[str, ...]:
        """Return in which way each participant failed, ``""`` where it did not."""
        pairs = zip(self.visitors, self.outcomes, strict=True)
        return tuple(visitor.failed(outcome.error) for visitor, outcome in pairs)

    def steps(self) -> list[int]:
        """Return how many switch points each participant came to."""
        return [who.steps for who in self.turns.participants]


Observer = Callable[[State, Participant, Sequence[str]], None]
"""Called at each point, with the state of the program and the tokens of all participants."""


class Runner:
    """Runs groups of visits, each time from the same state.

    Args:
        visits: what the user wrote.
        make: returns the application, made anew where it can be.
        check: raises where an application cannot be explored.
        fresh: whether it is made anew.
        state: makes the state of the user's modules and of further objects by their names.
        stepping: tells of switch points.
        tokens: makes the tokens.
        reset: puts back what lies outside of the program.
        held: whether somebody stands at a debugger's prompt.
        before: called before each schedule.

    Attributes:
        tokens: likewise.
        count: how many schedules were run.
        steps: how many switch points there were in all of them.
    """

    def __init__(
        self,
        visits: Sequence[Visit],
        make: Callable[[], Any],
        check: Callable[[Any], None],
        state: Callable[[dict[str, Any]], State],
        stepping: Stepping,
        tokens: Tokens,
        *,
        fresh: bool,
        reset: Callable[[], object] | None = None,
        held: Callable[[], bool] = lambda: False,
        before: Callable[[], None] = lambda: None,
    ) -> None:
        self._visits = visits
        self._make = make
        self._check: Callable[[Any], None] | None = check
        self._fresh = fresh
        self._new_state = state
        self._stepping = stepping
        self.tokens = tokens
        self._reset = reset
        self._held = held
        self._before = before
        self.count = 0
        self.steps = 0
        self.state: State
        self._app: Any = None
        self._bystanders: frozenset[threading.Thread] = frozenset()

    @contextmanager
    def ready(self) -> Iterator[None]:
        """Patch what blocks, and put everything back at the end."""
        self._bystanders = bystanders()
        with locks.made(), sleeping.patched(), starting.watched():
            if not self._fresh:
                self._app = _warm(self._made())
            self.state = self._new_state({} if self._fresh else {"app": self._app})
            with Swapped(self.state).installed(), self._stepping.installed():
                self.state.take()
                try:
                    yield
                finally:
                    self.state.put_back()

    def run(
        self,
        group: Group,
        policy: Policy,
        *,
        fine: bool = False,
        one_thread: bool = False,
        limit: int = 200_000,
        observe: Observer | None = None,
        by_request: bool = False,
    ) -> Run:
        """Run the visits of ``group`` under ``policy``, from the state that there was first.

        Args:
            group: which visits.
            policy: who goes on at each point.
            fine: whether instructions within a line are switch points.
            one_thread: whether one thread pays all of them, one after the other.
            limit: after how many points in one go a participant is taken to spin.
            observe: called at each point with a state that knows the application, too.
            by_request: whether the beginning of a request is a switch point.
        """
        self._before()
        self.state.put_back()
        if self._reset is not None:
            self._reset()
        app = self._made() if self._fresh else self._app
        begin = _at_request if by_request else _nothing
        tick = partial(next, count())
        visitors = tuple(
            Visitor(
                self._visits[each], app, self.tokens.next(), begin, tick, lambda: len(turns.points)
            )
            for each in group
        )
        self._stepping.fine = fine
        turns = Turns(
            policy,
            len(group),
            limit,
            self._observer(observe, app, [visitor.token for visitor in visitors]),
            one_thread=one_thread,
            bystanders=self._bystanders,
        )
        with unhandled(app) as errors:
            outcomes = carriers.carry(turns, visitors, one_thread=one_thread, held=self._held)
        self.count += 1
        self.steps += len(turns.points)
        return Run(
            group,
            visitors,
            tuple(outcomes),
            tuple(turns.points),
            tuple(turns.entries),
            turns.trouble,
            turns,
            fine,
            tuple(errors),
        )

    def _made(self) -> Any:
        app = self._make()
        if self._check is not None:
            self._check(app)
            self._check = None
        return app

    def _observer(
        self, observe: Observer | None, app: Any, tokens: Sequence[str]
    ) -> Callable[[Participant], None] | None:
        if observe is None:
            return None
        state = self._new_state({"app": _warm(app)}) if self._fresh else self.state
        state.look()
        return lambda who: observe(state, who, tokens)


def _warm(app: Any) -> Any:
    """Return an application whose templates' globals are there: it makes them when they are asked for."""
    getattr(app, "jinja_env", None)
    return app


def _nothing() -> None:
    """Let a request begin."""


def _at_request() -> None:
    """Let another participant go first, where its request is before this one."""
    role = roles.role
    if role is not None:
        role.turns.point(role.who, _at_request.__code__, 0, "request")
