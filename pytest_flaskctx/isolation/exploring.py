"""Looking for bleeds: tier by tier, until one is found, all is explored, or the budget ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

from pytest_flaskctx.isolation import oracle, tiers
from pytest_flaskctx.isolation.comparing import Comparison
from pytest_flaskctx.isolation.oracle import Evidence, Shared
from pytest_flaskctx.isolation.overlap import Overlap
from pytest_flaskctx.isolation.policies import Policy, Scheduled
from pytest_flaskctx.isolation.runs import Group, Run, Runner
from pytest_flaskctx.isolation.schedules import Schedule
from pytest_flaskctx.isolation.state import State
from pytest_flaskctx.isolation.turns import Participant, Point
from pytest_flaskctx.isolation.verdicts import Tier
from pytest_flaskctx.isolation.visits import Visitor

FOR_PAIRS = 0.7
"""How much of all schedules is for two participants, where more are to follow."""
WATCHED = 2000
"""At how many points of a visit is looked for changes of state; that costs more than the visit."""
SHARES = {"guided": 0.3, "one preemption": 0.6, "random": 0.6, "instructions": 0.8}
"""How much of the schedules a tier may take at most, of those that are left for its group."""


Policies = Callable[[Group, int], Iterator[Policy]]
"""What a tier tries for a group, and how much of it may be run."""


class Plan(NamedTuple):
    """What is to be explored.

    Attributes:
        groups: which visits meet, two at a time.
        crowds: likewise, with more participants, where two show nothing.
        serial_oracle: whether outcomes that no serial order has are bleeds.
        expect: the user's own check of a value that a visit returned, with its token.
        shared: what participants may see of each other.
        max_schedules: how many schedules to run.
        max_seconds: when to stop all the same.
        seed: what decides where chance does.
    """

    groups: tuple[Group, ...]
    crowds: tuple[Group, ...]
    serial_oracle: bool
    expect: Callable[[Any, str], object] | None
    shared: tuple[Shared, ...]
    max_schedules: int
    max_seconds: float
    seed: str


class Bled(Exception):  # noqa: N818 - a way out of the tiers, caught above them
    """A run shows that participants are not isolated.

    Attributes:
        run: the run.
        evidence: what shows it.
        tier: the tier that found it.
    """

    def __init__(self, run: Run, evidence: Evidence, tier: Tier) -> None:
        super().__init__(evidence.where)
        self.run = run
        self.evidence = evidence
        self.tier: Tier = tier


class Undecided(Exception):  # noqa: N818 - a way out of the tiers, caught above them
    """It cannot be told; the text says why.

    Attributes:
        structural: whether that lies in the program, and not in the time given.
        run: the run that shows it, where one does.
    """

    def __init__(self, reason: str, *, structural: bool = True, run: Run | None = None) -> None:
        super().__init__(reason)
        self.structural = structural
        self.run = run


class Stopped(Exception):  # noqa: N818 - a way out of the tiers, caught above them
    """A run had to be given up for what is an error of the program.

    Attributes:
        run: the run.
    """

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.run = run


class _Known:
    """What the serial runs of one group have shown."""

    def __init__(self) -> None:
        self.failures: set[str] = set()
        self.comparison: Comparison | None = None
        self.tried: set[Schedule] = set()


class Explorer:
    """Explores one plan.

    Args:
        runner: runs schedules.
        plan: what is to be explored.
        clock: the time, in seconds.

    Attributes:
        alone: each visit's run by itself, by its place.
        overlap: who stood where while others passed.
        completed: the tiers that were completed.
    """

    def __init__(self, runner: Runner, plan: Plan, clock: Callable[[], float]) -> None:
        self._runner = runner
        self._plan = plan
        self._clock = clock
        self._until = clock() + plan.max_seconds
        self._known: dict[Group, _Known] = {}
        self.alone: dict[int, Run] = {}
        self.changes: dict[int, list[int]] = {}
        self.overlap = Overlap()
        self.completed: list[Tier] = []

    def explore(self, first: Iterable[tuple[Group, Schedule, bool]] = ()) -> None:
        """Run schedules until something is found or all tiers are through.

        Args:
            first: schedules to try before all others, because they failed before.

        Raises:
            Bled: something bled.
            Undecided: it cannot be told.
            Stopped: a run had to be given up.
        """
        self.pay_alone()
        self._serial()
        for group, schedule, fine in first:
            self.judged(self._run(group, Scheduled(schedule), fine=fine), "failed before")
        for tier, policies, fine in self._tiers():
            self._tier(tier, policies, fine)
        self._crowds()

    def _tiers(self) -> list[tuple[Tier, Policies, bool]]:
        return [
            ("guided", self._guided, False),
            ("one preemption", self._one_preemption, False),
            ("random", self._random, False),
            ("instructions", self._instructions, True),
        ]

    def pay_alone(self) -> None:
        """Pay each visit alone: it has to be right by itself, and shows where state changes.

        Raises:
            Undecided: it cannot be told what a visit does.
            Stopped: it had to be given up.
            Exception: what a visit raises by itself.
        """
        for group in self._plan.groups:
            for visit in group:
                if visit not in self.alone:
                    watch = _Watch()
                    run = self._run((visit,), Scheduled(()), observe=watch)
                    self._well(run)
                    self.alone[visit] = run
                    self.changes[visit] = watch.points

    def _well(self, run: Run) -> None:
        """Raise what a visit raises by itself, and stop where it does not end by itself."""
        for visitor, outcome in zip(run.visitors, run.outcomes, strict=True):
            if visitor.endless:
                raise Undecided(f"the stream of {visitor.endless} has no end", run=run)
            if outcome.error is not None:
                raise outcome.error
            self._as_expected(visitor)
        last = run.visitors[-1].answers[-1:]
        if last and last[0].status >= 500:
            if run.unhandled:
                raise run.unhandled[-1]
            raise Undecided(f"{last[0].whence} answers {last[0].status} by itself", run=run)

    def _as_expected(self, visitor: Visitor) -> None:
        expect = self._plan.expect
        if expect is not None and expect(visitor.value, visitor.token) is False:
            raise AssertionError("expect() returned False for a visit alone")

    def _serial(self, *, judge: bool = True) -> None:
        """Pay the visits one after the other: in a thread that is used again, and by whole requests."""
        for group in self._plan.groups:
            known = self._known.setdefault(group, _Known())
            runs = [self._run(order, Scheduled(()), one_thread=True) for order in _both(group)]
            self._put_back(runs[0])
            for run in runs:
                known.failures |= set(run.failures())
                if judge:
                    self.judged(run, "serial", known)
            if self._plan.serial_oracle:
                requests = [self.alone[visit].visitors[0].requests for visit in group]
                known.comparison = Comparison(partial(self._run, group), requests, self._late)
        self.completed.append("serial")

    def _put_back(self, run: Run) -> None:
        """Raise if a visit that is paid again comes to something else, for it finds what it left.

        Of that each schedule would show as little as the first one. What chance decides may come again.
        """
        visit = run.group[0]
        told = self._unlike(self.alone[visit], run)
        if told and self._unlike(self.alone[visit], self._run((visit,), Scheduled(()))):
            raise Undecided(f"what a visit leaves behind is not put back: {told}; give `reset=`")

    def _unlike(self, alone: Run, run: Run) -> str:
        """Return in which way the first visit of ``run`` is not as it was alone."""
        one, other = alone.visitors[0], run.visitors[0]
        for answer, again in zip(one.answers, other.answers, strict=False):
            if answer.status != again.status:
                return f"{answer.whence} answers {answer.status} to it at first, and then {again.status}"
        failed = run.failures()[0]
        if failed and not alone.failures()[0]:
            return f"it ends well at first, and then with {failed}"
        expect = self._plan.expect
        if expect is not None and any(each.who == 0 for each in oracle.unexpected(run, expect)):
            return "`expect=` holds at first, and then no more"
        return ""

    def _guided(self, group: Group, most: int) -> Iterator[Policy]:
        changes = [self.changes[visit] for visit in group]
        found = tiers.guided(changes, group[0] != group[1])
        return tiers.scheduled(found, self._known[group].tried)

    def _one_preemption(self, group: Group, most: int) -> Iterator[Policy]:
        places = [[_place(point) for point in self.alone[visit].points] for visit in group]
        found = tiers.exhaustive(places, group[0] != group[1], self._plan.seed)
        return tiers.scheduled(found, self._known[group].tried)

    def _random(self, group: Group, most: int) -> Iterator[Policy]:
        steps = [self.alone[visit].steps()[0] for visit in group]
        walks = tiers.random(f"{self._plan.seed}/{group}", steps)
        return islice(walks, min(most, max(20, self._plan.max_schedules // 5)))

    def _instructions(self, group: Group, most: int) -> Iterator[Policy]:
        """Yield what is to be tried with instructions as points: only they are new."""
        alone = [self._run((visit,), Scheduled(()), fine=True) for visit in group]
        places = [[(*_place(point), point.kind) for point in run.points] for run in alone]
        found = tiers.exhaustive(places, group[0] != group[1], self._plan.seed)
        inside = (
            each for each in found if places[each[0].who][(each[0].until or 1) - 1][2] == "inside"
        )
        yield from tiers.scheduled(inside, set())

    def _tier(self, tier: Tier, policies: Policies, fine: bool) -> None:
        complete = True
        groups = self._plan.groups
        for number, group in enumerate(groups):
            left = self._for_pairs() - self._runner.count
            most = int(left * SHARES[tier] / (len(groups) - number)) if tier in SHARES else left
            for count, policy in enumerate(policies(group, most) if most > 0 else ()):
                if count >= most or self._late():
                    complete = False
                    break
                self.judged(self._run(group, policy, fine=fine), tier)
            complete = complete and most > 0
        if complete:
            self.completed.append(tier)
        if self._late():
            raise Undecided("the time ended", structural=False)

    def _crowds(self) -> None:
        crowds = self._plan.crowds
        for number, group in enumerate(crowds):
            self._known.setdefault(group, _Known()).failures |= self._known_failures()
            left = max(0, self._plan.max_schedules - self._runner.count)
            for policy in islice(self._crowd(group), left // (len(crowds) - number)):
                if self._late():
                    raise Undecided("the time ended", structural=False)
                self.judged(self._run(group, policy), "more participants")
        if crowds:
            self.completed.append("more participants")

    def _crowd(self, group: Group) -> Iterator[Policy]:
        """Yield what is tried with more than two: one is interrupted by all others, then walks."""
        first = self.alone[group[0]].points
        changes = self.changes[group[0]]
        one = tiers.crowded(len(group), changes, len(first))
        steps = [self.alone[visit].steps()[0] for visit in group]
        walks = tiers.random(f"{self._plan.seed}/{group}", steps)
        # In turn: neither of them alone is complete.
        planned = tiers.scheduled(one, set())
        while True:
            yield from islice(planned, 1)
            yield next(walks)

    def _for_pairs(self) -> int:
        """Return how many schedules are for two participants, where more are to follow."""
        share = FOR_PAIRS if self._plan.crowds else 1.0
        return int(self._plan.max_schedules * share)

    def _known_failures(self) -> set[str]:
        return {failure for known in self._known.values() for failure in known.failures}

    def _late(self) -> bool:
        return self._clock() >= self._until

    def _run(self, group: Group, policy: Policy, **how: Any) -> Run:
        run = self._runner.run(group, policy, limit=self._limit(group), **how)
        if run.trouble is not None:
            raise Stopped(run)
        self.overlap.note(run)
        return run

    def _limit(self, group: Group) -> int:
        known = [self.alone[visit].steps()[0] for visit in group if visit in self.alone]
        return 200_000 if len(known) < len(group) else 20_000 + 20 * max(known)

    @property
    def varying(self) -> list[str]:
        """Return what differs between equal runs, where serial orders are compared."""
        known = (each.comparison for each in self._known.values())
        return sorted({part for each in known if each is not None for part in each.varying})

    def prepare(self) -> None:
        """Learn what serial runs come to, without judging them: to judge one schedule by it."""
        self.pay_alone()
        self._serial(judge=False)

    def replay(self, group: Group, schedule: Schedule, *, fine: bool, **how: Any) -> Run:
        """Run one schedule, whatever was run before."""
        return self._run(group, Scheduled(schedule), fine=fine, **how)

    def judged(self, run: Run, tier: Tier, known: _Known | None = None) -> None:
        """Raise :class:`Bled` if ``run`` shows something."""
        evidence = self.evidence(run, known)
        if evidence is not None:
            raise Bled(run, evidence, tier)

    def evidence(self, run: Run, known: _Known | None = None) -> Evidence | None:
        """Return what shows that participants of ``run`` are not isolated, if something does."""
        known = known or self._known.get(run.group) or _Known()
        return next(self._all_evidence(run, known), None)

    def _all_evidence(self, run: Run, known: _Known) -> Iterator[Evidence]:
        yield from oracle.foreign_tokens(run, self._runner.tokens, self._plan.shared)
        yield from oracle.failures(run, known.failures)
        if self._plan.expect is not None:
            yield from oracle.unexpected(run, self._plan.expect)
        if known.comparison is not None:
            yield from known.comparison.evidence(run)


def _place(point: Point) -> tuple[int, int]:
    """Return what tells a line from others: to hash code takes as long as it is."""
    return id(point.code), point.line


def _both(group: Group) -> Sequence[Group]:
    """Return the orders of two visits; of a visit against itself there is one."""
    return (group, group[::-1]) if group[0] != group[1] else (group,)


class _Watch:
    """Notes the points before which state has changed."""

    def __init__(self) -> None:
        self.points: list[int] = []

    def __call__(self, state: State, who: Participant, tokens: Sequence[str]) -> None:
        if who.steps <= WATCHED and state.changed():
            self.points.append(who.steps)
