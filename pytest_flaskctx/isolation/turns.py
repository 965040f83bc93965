"""Turns: only one participant runs at a time, the others stand at a switch point.

No thread of its own decides: whoever comes to a point asks the policy, opens the gate of the one that
is next, and waits at its own. A participant may be several threads (an ``async`` view runs in one of
asgiref's); each waits at a gate of its own, and all of them go on together.

What does not work: parking a thread where a generator yields. The interpreter has it for suspended by
then, another thread resumes it, and the process ends in a segmentation fault (CPython 3.12.1, 3.13.0).
"""

from __future__ import annotations

import linecache
import sys
import threading
from _thread import LockType, allocate_lock
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, Literal, NamedTuple

from pytest_flaskctx.isolation.policies import Policy
from pytest_flaskctx.isolation.schedules import Entry

State = Literal["away", "waiting", "going", "blocked", "asleep", "done"]
Kind = Literal["line", "inside", "return", "request", "proxy"]
Problem = Literal["deadlock", "spins", "stuck"]

NAPS = 3
"""After how many sleeps in one go another participant has a turn: it may be waited for."""
UNWINDING = 1000
"""How many points a thread that is to end may come to before it is told so again."""
MOST_NAPS = 2000
"""After how many a participant that nobody else can help is taken to wait for ever."""


class Abandoned(BaseException):
    """Ends a participant whose schedule is given up; raised at its next switch point."""


class Point(NamedTuple):
    """One step of one participant.

    Attributes:
        who: the participant's number.
        code: the function it is in.
        line: the line it is about to run, is in, or returns from.
        kind: which of these; ``proxy`` for an extension's line, ``request`` for none of anybody's.
    """

    who: int
    code: CodeType
    line: int
    kind: Kind = "line"

    @property
    def source(self) -> str:
        """The line, as it stands in its file."""
        return linecache.getline(self.code.co_filename, self.line)


class Participant:
    """One visit, as far as its turns are concerned.

    Attributes:
        number: its place among the participants.
        steps: how many switch points it has come to.
        state: ``away`` until its thread is there, ``waiting`` at a point, ``going``, ``blocked`` by a lock that another one may release,
            ``asleep`` in code that cannot be seen into, or ``done``.
        at: where it is.
        wants: the lock by which it is blocked.
        timed: whether that wait ends by itself.
        threads: native ids of its threads, its own first, and of those that it started.
        starting: how many threads it is starting.
        ahead: by how much its clocks are ahead, in seconds.
        idents: their identifiers, as stacks are asked for.
        thread: its own.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        self.steps = 0
        self.state: State = "waiting"
        self.at: Point | None = None
        self.wants: object = None
        self.timed = False
        self.threads: list[int] = []
        self.starting = 0
        self.idents: list[int] = []
        self.thread: threading.Thread | None = None
        self.gates: list[LockType] = []
        self.since = 0
        self.naps = 0
        self.ahead = 0.0

    @property
    def ready(self) -> bool:
        """Whether it can go on."""
        return self.state in ("waiting", "going")

    @property
    def at_request(self) -> bool:
        """Whether it is about to make a request."""
        return self.at is not None and self.at.kind == "request"


class Wait(NamedTuple):
    """What a participant waited for when its schedule was given up.

    Attributes:
        who: the participant's number.
        at: where it was.
        lock: what it waited for.
        owner: the number of the participant that held it; ``None`` if none did.
        since: where that one took it.
    """

    who: int
    at: Point
    lock: object
    owner: int | None
    since: Point | None


class Trouble(NamedTuple):
    """Why a schedule was given up.

    Attributes:
        kind: ``deadlock``, ``spins`` or ``stuck``.
        who: the participants concerned.
        stacks: for each of them file, line and function of each frame, the innermost first.
        waits: what each of them waited for, where that is a lock that knows of turns.
    """

    kind: Problem
    who: tuple[int, ...]
    stacks: tuple[tuple[tuple[str, int, str], ...], ...] = ()
    waits: tuple[Wait, ...] = ()


class Turns:
    """The turns of one schedule.

    Args:
        policy: who goes on.
        count: how many participants there are.
        limit: after how many points in one go a participant is taken to spin.
        observe: called at each point by the thread that came to it, which has the turn.
        one_thread: whether all are carried by one thread, one after the other.
        bystanders: threads for which nobody waits.

    Attributes:
        participants: by number.
        points: every step, in time order.
        entries: the schedule as it came about, which replays it.
        trouble: why it was given up.
        finished: released when all are done, or it is given up.
        changes: how often something happened, to see that nothing does.
        blocks: the locks that made somebody wait for another participant.
        slept: where somebody was in a wait that could not be seen into.
    """

    def __init__(
        self,
        policy: Policy,
        count: int,
        limit: int,
        observe: Callable[[Participant], None] | None = None,
        *,
        one_thread: bool = False,
        bystanders: frozenset[threading.Thread] = frozenset(),
    ) -> None:
        self._bystanders = bystanders
        self._policy = policy
        self._limit = limit
        self._observe = observe
        self._told: dict[int, int] = {}
        self._mutex = allocate_lock()
        self._left = count
        self.participants = [Participant(number) for number in range(count)]
        for who in self.participants[1:] if one_thread else ():
            who.state = "away"
        self.points: list[Point] = []
        self.entries: list[Entry] = []
        self.trouble: Trouble | None = None
        self.abandoned = False
        self.changes = 0
        self.blocks: list[object] = []
        self.slept: list[Point] = []
        self.finished = allocate_lock()
        self.finished.acquire()
        self.current: Participant | None = policy.choose(self.participants, None)

    def arrive(self, who: Participant) -> None:
        """Wait for the first turn."""
        with self._mutex:
            self._known(who)
            who.thread = threading.current_thread()
            gate = self._line_up(who)
        if gate is not None:
            self._wait(gate)

    def point(self, who: Participant, code: CodeType, line: int, kind: Kind = "line") -> None:
        """Come to a switch point, and go on when it is this one's turn.

        Raises:
            Abandoned: the schedule was given up.
        """
        with self._mutex:
            if self.abandoned:
                self._end()
                return
            gate = self._come(who, Point(who.number, code, line, kind))
        if gate is not None:
            self._wait(gate)

    def _end(self) -> None:
        """Raise in a thread once, and let it unwind: what stands in ``finally`` has to be run.

        One that goes on all the same is told again after a while.
        """
        if self._told.get(threading.get_ident(), 0) % UNWINDING == 0:
            raise self._ended()
        self._told[threading.get_ident()] += 1

    def _ended(self) -> Abandoned:
        """Return what ends the calling thread, and remember that it was told."""
        self._told[threading.get_ident()] = self._told.get(threading.get_ident(), 0) + 1
        return Abandoned()

    def _come(self, who: Participant, point: Point) -> LockType | None:
        """Take a step; return the gate to wait at, if it is another one's turn."""
        who.steps += 1
        who.at = point
        self.changes += 1
        self.points.append(point)
        if self.current is None:
            self._go(who)
        if self.current is not who:
            return self._gate(who)
        if self._observe is not None:
            self._observe(who)
        chosen = self._chosen(who)
        if chosen is who:
            return None
        self.entries.append(Entry(who.number, who.steps))
        gate = self._gate(who)
        self._go(chosen)
        return gate

    def _chosen(self, who: Participant) -> Participant:
        if who.steps - who.since > self._limit:
            others = [each for each in self.participants if each.ready and each is not who]
            if others:
                return others[0]
            # One that is in a wait which cannot be seen into may be waited for.
            if not any(each.state == "asleep" for each in self.participants):
                self._give_up("spins", who.number)
                raise self._ended()
        chosen = self._policy.choose(self.participants, who)
        # Whoever asks can go on.
        return chosen or who

    def nap(self, who: Participant) -> int:
        """Let others go on where somebody sleeps again and again.

        Returns how often it slept since it could last give its turn away.
        """
        with self._mutex:
            if self.abandoned:
                self._end()
                return 0
            self.changes += 1
            who.naps += 1
            others = [each for each in self.participants if each.ready and each is not who]
            if who.naps > MOST_NAPS:
                self._give_up("stuck", who.number)
                raise self._ended()
            if self.current is not who or who.naps < NAPS or not others:
                return who.naps
            self.entries.append(Entry(who.number, who.steps))
            gate = self._gate(who)
            self._go(others[0])
        self._wait(gate)
        return 0

    def wait_for(
        self, who: Participant, lock: object, take: Callable[[], bool], *, timed: bool
    ) -> bool:
        """Let others go on until ``lock`` can be had; return whether it was.

        Args:
            who: who waits.
            lock: what for.
            take: tries to take it, without waiting.
            timed: whether the wait ends by itself: it does where nobody else can go on.

        Raises:
            Abandoned: the schedule was given up.
        """
        while True:
            with self._mutex:
                if self.abandoned:
                    raise self._ended()
                who.state, who.wants, who.timed = "blocked", lock, timed
                if take():
                    who.state, who.wants = "going", None
                    return True
                self.changes += 1
                self.blocks.append(lock)
                self.entries.append(Entry(who.number))
                gate = self._gate(who, "blocked")
                if self.current in (who, None):
                    self._next()
            self._wait(gate)
            if who.wants is None and timed:
                return take()

    def released(self, who: Participant) -> None:
        """Note that what ``who`` waits for may be had now."""
        with self._mutex:
            if who.state == "blocked":
                who.state = "waiting"
                self.changes += 1
                if self.current is None:
                    self._go(who)

    def back(self, who: Participant) -> None:
        """Come back from a wait that could not be seen into, and wait for the turn."""
        with self._mutex:
            gate = self._line_up(who)
        if gate is not None:
            self._wait(gate)

    def _line_up(self, who: Participant) -> LockType | None:
        """Take the turn if nobody has it; return the gate to wait at if somebody else does."""
        if self.abandoned:
            raise self._ended()
        self.changes += 1
        if self.current is None:
            self._go(who)
        if self.current is not who:
            return self._gate(who)
        who.state = "going"
        return None

    def fell_asleep(self, who: Participant, changes: int) -> None:
        """Let others go on while ``who`` is in a wait that cannot be seen into."""
        with self._mutex:
            if self.current is who and self.changes == changes:
                who.state = "asleep"
                if who.at is not None:
                    self.slept.append(who.at)
                self.entries.append(Entry(who.number))
                self._next()

    def leave(self, who: Participant) -> None:
        """Be done."""
        with self._mutex:
            who.state = "done"
            self.changes += 1
            self._left -= 1
            if not self._left and not self.abandoned:
                self.finished.release()
            elif not self.abandoned and self.current in (who, None):
                self.entries.append(Entry(who.number))
                self._next()

    def give_up(self, kind: Problem, *who: int) -> None:
        """Give the schedule up: whoever comes to a point ends there."""
        with self._mutex:
            if not self.abandoned and self._left:
                self._give_up(kind, *who)

    def _give_up(self, kind: Problem, *who: int) -> None:
        frames = sys._current_frames()
        everybody = [self.participants[number] for number in who]
        stacks = (_stack(frames.get(each.idents[-1])) if each.idents else () for each in everybody)
        # Told now: who ends gives back what it holds.
        known = (each for each in everybody if hasattr(each.wants, "owner"))
        waits = tuple(_wait_of(each, each.at) for each in known if each.at is not None)
        self.trouble = Trouble(kind, who, tuple(stacks), waits)
        self.abandoned = True
        for each in self.participants:
            self._open(each)
        self.finished.release()

    def _next(self) -> None:
        """Give the turn to whoever can go on; there may be nobody."""
        chosen = self._policy.choose(self.participants, None)
        if chosen is None:
            chosen = next((each for each in self.participants if _gives_up(each)), None)
            if chosen is not None:
                chosen.wants = None
        self.current = None
        if chosen is not None:
            self._go(chosen)
        elif stuck := self._deadlocked():
            self._give_up("deadlock", *stuck)

    def _deadlocked(self) -> tuple[int, ...]:
        """Return who waits for ever, if all that are left do."""
        left = [each for each in self.participants if each.state != "done"]
        alone = self.alone()
        for each in left:
            owner = getattr(each.wants, "owner", None)
            held = isinstance(owner, Participant) and owner is not each
            if each.state != "blocked" or not (alone or held):
                return ()
        return tuple(each.number for each in left)

    def alone(self) -> bool:
        """Whether nobody but participants could end a wait of one."""
        own = {each.thread for each in self.participants} | self._bystanders
        # One look at all of them: a thread that ends is forgotten before it is no longer alive.
        return sum(thread not in own for thread in threading.enumerate()) <= 1

    def _go(self, who: Participant) -> None:
        self.current = who
        who.state = "going"
        who.since = who.steps
        who.naps = 0
        self._open(who)

    def _open(self, who: Participant) -> None:
        gates, who.gates = who.gates, []
        for gate in gates:
            gate.release()

    def _gate(self, who: Participant, state: State = "waiting") -> LockType:
        self._known(who)
        who.state = state
        gate = allocate_lock()
        gate.acquire()
        who.gates.append(gate)
        return gate

    def _known(self, who: Participant) -> None:
        ident = threading.get_ident()
        if ident not in who.idents:
            who.idents.append(ident)
            who.threads.append(threading.get_native_id())

    def _wait(self, gate: LockType) -> None:
        gate.acquire()
        if self.abandoned:
            raise self._ended()


def _gives_up(who: Participant) -> bool:
    return who.state == "blocked" and who.timed


def _stack(frame: FrameType | None) -> tuple[tuple[str, int, str], ...]:
    entries = []
    while frame is not None:
        entries.append((frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_qualname))
        frame = frame.f_back
    return tuple(entries)


def _wait_of(who: Participant, at: Point) -> Wait:
    lock: Any = who.wants
    owner = lock.owner.number if lock.owner else None
    return Wait(who.number, at, lock, owner, getattr(lock, "at", None))
