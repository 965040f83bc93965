"""Turns: one participant at a time, as a policy says, and never for ever."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stepping import PATIENCE, step, stepped

from pytest_flaskctx.isolation.carriers import Carrier
from pytest_flaskctx.isolation.locks import cooperative
from pytest_flaskctx.isolation.policies import Scheduled, Walk
from pytest_flaskctx.isolation.roles import Role, roles
from pytest_flaskctx.isolation.schedules import schedule, written
from pytest_flaskctx.isolation.turns import (
    MOST_NAPS,
    NAPS,
    UNWINDING,
    Abandoned,
    Participant,
    Point,
    Turns,
    Wait,
)


def steps(count: int) -> Callable[[], None]:
    """Return a body with so many steps, on lines from 1."""

    def body() -> None:
        for line in range(1, count + 1):
            step(line)

    return body


def role() -> Role:
    """Return the role of the calling thread."""
    assert roles.role is not None
    return roles.role


def trace(turns: Turns) -> str:
    """Return who took each step."""
    return "".join("AB C"[point.who * 2 if point.who > 1 else point.who] for point in turns.points)


@pytest.mark.parametrize(
    ("entries", "order"),
    [
        ((), "AAABBB"),
        (((1, None),), "BBBAAA"),
        # A point is come to before its line is run: the step is taken all the same.
        (((0, 2), (1, None), (0, None)), "AABBBA"),
        (((0, 1), (1, 2), (0, None)), "ABBAAB"),
    ],
)
def test_participants_go_in_the_order_of_the_policy(entries: Any, order: str) -> None:
    """One at a time, each up to its point."""
    turns, outcomes = stepped(Scheduled(schedule(*entries)), steps(3), steps(3))
    assert trace(turns) == order
    assert all(outcome.ended for outcome in outcomes)
    assert turns.trouble is None


@settings(max_examples=25)
@given(seed=st.text("ab", max_size=4), counts=st.lists(st.integers(0, 6), min_size=1, max_size=3))
def test_what_came_about_replays_itself(seed: str, counts: list[int]) -> None:
    """The entries of a walk are a schedule with the very same steps."""
    bodies = [steps(count) for count in counts]
    walked, _ = stepped(Walk(seed, 0.5), *bodies)
    again, _ = stepped(Scheduled(tuple(walked.entries)), *bodies)
    assert again.points == walked.points
    assert again.entries == walked.entries


def test_a_step_says_who_where_and_of_which_kind() -> None:
    """In time order; a participant remembers its last one."""
    turns, _ = stepped(Scheduled(()), lambda: (step(3), step(4, "return")), lambda: step(5))
    code = step.__code__
    assert turns.points == [
        Point(0, code, 3),
        Point(0, code, 4, "return"),
        Point(1, code, 5),
    ]
    first, second = turns.participants
    assert (first.at, first.steps, second.steps) == (turns.points[1], 2, 1)
    assert (first.state, first.ready, first.at_request) == ("done", False, False)


def test_a_participant_may_be_about_to_make_a_request() -> None:
    """A policy may switch there only."""
    asked: list[bool] = []
    stepped(Scheduled(()), lambda: (step(1, "request"), asked.append(role().who.at_request)))
    assert asked == [True]
    assert not Participant(0).at_request
    assert Participant(0).ready


def test_only_who_has_the_turn_is_observed() -> None:
    """At each of its points, by its own thread."""
    seen: list[tuple[int, int, bool]] = []

    def observe(who: Participant) -> None:
        seen.append((who.number, who.steps, threading.get_ident() in who.idents))

    stepped(Scheduled(schedule((0, 1), (1, None))), steps(2), steps(1), observe=observe)
    assert seen == [(0, 1, True), (1, 1, True), (0, 2, True)]


def test_one_thread_may_carry_all_of_them() -> None:
    """One after the other: who is not there yet is not waited for."""
    turns = Turns(Scheduled(schedule((1, None))), 2, 100, one_thread=True)
    carrier = Carrier(turns, turns.participants, [steps(2), steps(1)])
    carrier.start()
    assert turns.finished.acquire(timeout=PATIENCE)
    carrier.join(PATIENCE)
    assert trace(turns) == "AAB"
    assert written(turns.entries) == "A:*"


def test_a_participant_that_never_gives_its_turn_away_is_made_to() -> None:
    """After so many steps in one go; it may wait for another."""
    done: list[int] = []

    def spins() -> None:
        while not done:
            step()

    turns, outcomes = stepped(Scheduled(()), spins, lambda: (step(), done.append(1)), limit=5)
    assert trace(turns) == "AAAAAAB"
    assert all(outcome.ended for outcome in outcomes)


def test_a_participant_that_spins_alone_is_given_up() -> None:
    """Its stack is told."""

    def spins() -> None:
        while True:
            step()

    turns, (outcome,) = stepped(Scheduled(()), spins, limit=5)
    assert turns.trouble is not None
    assert (turns.trouble.kind, turns.trouble.who) == ("spins", (0,))
    functions = [function.rpartition(".")[2] for _, _, function in turns.trouble.stacks[0]]
    assert functions.index("step") < functions.index("spins")
    assert (outcome.ended, outcome.error) == (False, None)


def test_who_is_asleep_may_be_waited_for() -> None:
    """Nobody is taken to spin meanwhile; whoever comes back waits for its turn."""
    go, slept = threading.Event(), threading.Event()

    def sleeps() -> None:
        slept.set()
        assert go.wait(PATIENCE)
        step()

    def spins() -> None:
        for _ in range(9):
            step()
        go.set()

    def look(turns: Turns) -> None:
        assert slept.wait(PATIENCE)
        turns.fell_asleep(turns.participants[0], turns.changes)

    turns, outcomes = stepped(Scheduled(()), sleeps, spins, limit=5, meanwhile=look)
    assert trace(turns) == "BBBBBBBBBA"
    assert turns.trouble is None
    assert all(outcome.ended for outcome in outcomes)
    assert written(turns.entries) == "A:* B:*"


def test_only_who_has_the_turn_and_does_nothing_falls_asleep() -> None:
    """It may have come to a point since somebody looked."""
    turns = Turns(Scheduled(()), 2, 100)
    first, second = turns.participants
    turns.changes = 1
    turns.fell_asleep(first, 0)
    turns.fell_asleep(second, 1)
    assert turns.current is first
    assert turns.entries == []
    turns.fell_asleep(first, 1)
    assert (turns.current, first.state) == (second, "asleep")


def test_whoever_comes_back_to_nobody_has_the_turn() -> None:
    """At its next point, or where it comes back from its wait."""
    turns = Turns(Scheduled(()), 1, 100)
    (who,) = turns.participants
    for come in (lambda: turns.back(who), lambda: turns.point(who, step.__code__, 1)):
        turns.fell_asleep(who, turns.changes)
        assert turns.current is None
        come()
        assert (turns.current, who.state) == (who, "going")


class Door:
    """Something to wait for, as a lock is."""

    def __init__(self) -> None:
        self.open = False
        self.asked = 0

    def take(self) -> bool:
        """Try."""
        self.asked += 1
        return self.open


WAYS_BACK = {
    "a wait that cannot be seen into": lambda turns, who, door: turns.back(who),
    "a point": lambda turns, who, door: turns.point(who, step.__code__, 9),
    "a wait for somebody": lambda turns, who, door: turns.wait_for(
        who, door, door.take, timed=False
    ),
}


@pytest.mark.parametrize("way", WAYS_BACK)
def test_whoever_comes_back_to_another_waits_for_its_turn(way: str) -> None:
    """Wherever it comes to from a wait that could not be seen into."""
    go, slept, door = threading.Event(), threading.Event(), Door()
    order: list[str] = []

    def sleeps() -> None:
        step(3)
        slept.set()
        assert go.wait(PATIENCE)
        WAYS_BACK[way](*role(), door)
        order.append("back")

    def wakes() -> None:
        go.set()
        turns = role().turns
        while not turns.participants[0].gates:
            pass
        door.open = True
        turns.released(turns.participants[0])
        step()
        order.append("on")

    def look(turns: Turns) -> None:
        assert slept.wait(PATIENCE)
        turns.fell_asleep(turns.participants[0], turns.changes)

    turns, _ = stepped(Scheduled(()), sleeps, wakes, meanwhile=look)
    assert order == ["on", "back"]
    assert turns.slept == [Point(0, step.__code__, 3)]
    assert turns.trouble is None


def test_who_sleeps_gives_its_turn_away_now_and_then() -> None:
    """Every third time, while there is somebody to take it."""
    counted: list[int] = []

    def naps() -> None:
        counted.extend(role().turns.nap(role().who) for _ in range(NAPS + 2))

    turns, _ = stepped(Scheduled(()), naps, steps(1))
    assert counted == [1, 2, 0, 1, 2]
    assert written(turns.entries) == "A:0 B:*"


def test_who_sleeps_on_is_given_up_in_the_end() -> None:
    """Nobody is left that it could wait for."""

    def naps() -> None:
        while True:
            role().turns.nap(role().who)

    turns, (outcome,) = stepped(Scheduled(()), naps)
    assert turns.trouble is not None
    assert (turns.trouble.kind, turns.trouble.who, outcome.ended) == ("stuck", (0,), False)
    assert turns.participants[0].naps == MOST_NAPS + 1


def test_who_sleeps_without_a_turn_keeps_nobody_up() -> None:
    """It may be one of several threads of a participant that is asleep."""
    turns = Turns(Scheduled(()), 2, 100)
    assert [turns.nap(turns.participants[1]) for _ in range(NAPS)] == [1, 2, 3]


def waits(door: Door, got: list[bool], *, timed: bool = False) -> Callable[[], None]:
    """Return a body that waits for a door."""

    def body() -> None:
        turns, who = role()
        got.append(turns.wait_for(who, door, door.take, timed=timed))

    return body


def opens(door: Door, number: int = 0) -> Callable[[], None]:
    """Return a body that opens it."""

    def body() -> None:
        step()
        door.open = True
        turns = role().turns
        turns.released(turns.participants[number])
        step()

    return body


def test_who_waits_goes_on_when_it_can() -> None:
    """In its turn, not before; the wait is noted."""
    door, got = Door(), []
    turns, _ = stepped(Scheduled(()), waits(door, got), opens(door))
    assert (got, door.asked) == ([True], 2)
    assert turns.blocks == [door]
    assert trace(turns) == "BB"
    assert written(turns.entries) == "A:* B:*"
    assert turns.participants[0].wants is None


def test_who_need_not_wait_does_not() -> None:
    """Nothing is noted."""
    door, got = Door(), []
    door.open = True
    turns, _ = stepped(Scheduled(()), waits(door, got), steps(1))
    assert (got, turns.blocks, written(turns.entries)) == ([True], [], "A:*")


def test_who_is_woken_in_vain_waits_again() -> None:
    """Somebody else may have been faster."""
    door, got = Door(), []

    def calls() -> None:
        step()
        turns = role().turns
        turns.released(turns.participants[0])
        turns.released(turns.participants[1])

    def lets() -> None:
        step()
        opens(door)()

    turns, _ = stepped(Scheduled(()), waits(door, got), calls, lets)
    assert got == [True]
    assert turns.blocks == [door, door]


def test_who_is_woken_with_nobody_going_goes_on() -> None:
    """As by a thread of the program."""
    door, got = Door(), []

    def look(turns: Turns) -> None:
        door.open = True
        who = turns.participants[0]
        while who.state != "blocked":
            pass
        turns.released(who)

    stop = threading.Event()
    thread = threading.Thread(target=stop.wait, args=(PATIENCE,))
    thread.start()

    def body() -> None:
        turns, who = role()
        got.append(turns.wait_for(who, door, lambda: door.take() and door.asked > 1, timed=False))

    turns, _ = stepped(Scheduled(()), body, meanwhile=look)
    stop.set()
    thread.join(PATIENCE)
    assert got == [True]
    assert turns.trouble is None


def test_a_wait_that_ends_by_itself_ends_where_nobody_else_can_go_on() -> None:
    """Of several such waits the first."""
    door, got = Door(), []
    turns, _ = stepped(
        Scheduled(()), waits(door, got, timed=True), waits(door, got, timed=True), steps(1)
    )
    assert got == [False, False]
    assert turns.trouble is None


def test_who_waits_for_what_nobody_gives_is_in_a_deadlock() -> None:
    """With all who are left."""
    door, got = Door(), []
    turns, outcomes = stepped(
        Scheduled(schedule((2, None))), waits(door, got), waits(door, got), steps(1)
    )
    assert turns.trouble is not None
    assert (turns.trouble.kind, turns.trouble.who) == ("deadlock", (0, 1))
    assert [outcome.ended for outcome in outcomes] == [False, False, True]
    assert got == []


class Held(Door):
    """A door that a participant holds."""

    owner: Participant | None = None


def test_a_deadlock_is_known_in_spite_of_other_threads_where_participants_hold_all() -> None:
    """Nobody else could give anything back."""
    doors, got = [Held(), Held()], []
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait, args=(PATIENCE,))
    thread.start()

    def body(number: int) -> Callable[[], None]:
        def run() -> None:
            doors[number].owner = role().who
            step()
            waits(doors[1 - number], got)()

        return run

    turns, _ = stepped(Scheduled(schedule((0, 1), (1, None))), body(0), body(1))
    stop.set()
    thread.join(PATIENCE)
    assert turns.trouble is not None
    assert turns.trouble.kind == "deadlock"


@pytest.mark.parametrize("mine", [False, True])
def test_a_thread_of_the_program_may_end_a_wait(mine: bool) -> None:
    """For what nobody holds, or for what one holds itself: then it is no deadlock yet."""
    door, got = Held(), []
    stop, blocked = threading.Event(), threading.Event()
    thread = threading.Thread(target=stop.wait, args=(PATIENCE,))
    thread.start()

    def body() -> None:
        door.owner = role().who if mine else None
        waits(door, got)()

    def look(turns: Turns) -> None:
        while turns.current is not None:
            pass
        blocked.set()
        turns.give_up("stuck", 0)

    turns, _ = stepped(Scheduled(()), body, meanwhile=look)
    stop.set()
    thread.join(PATIENCE)
    assert turns.trouble is not None
    assert turns.trouble.kind == "stuck"


def test_participants_are_alone_where_there_are_no_other_threads() -> None:
    """Their own count for nobody, whether they are over or not."""
    turns = Turns(Scheduled(()), 2, 100)
    assert turns.alone()
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait, args=(PATIENCE,))
    thread.start()
    seen = [turns.alone()]
    turns.participants[0].thread = thread
    seen.append(turns.alone())
    stop.set()
    thread.join(PATIENCE)
    assert [*seen, turns.alone()] == [False, True, True]


def test_a_schedule_that_is_given_up_ends_everybody_at_its_next_point() -> None:
    """Who waits at one, who comes to one, who waits for something; what it unwinds by is run."""
    door, got = Door(), []
    ready = threading.Event()
    waits: dict[str, Callable[[Turns, Participant], object]] = {
        "wait": lambda turns, who: turns.wait_for(who, door, door.take, timed=False),
        "back": lambda turns, who: turns.back(who),
    }

    def look(turns: Turns) -> None:
        assert ready.wait(PATIENCE)
        turns.give_up("stuck", 0, 1)
        turns.give_up("spins", 0)

    def going() -> None:
        turns, who = role()
        ready.set()
        while not turns.abandoned:
            pass
        with pytest.raises(Abandoned):
            turns.point(who, step.__code__, 1)
        turns.point(who, step.__code__, 2)
        assert turns.nap(who) == 0
        for name, call in waits.items():
            with pytest.raises(Abandoned):
                call(turns, who)
            got.append(name)

    turns, outcomes = stepped(Scheduled(()), going, steps(1), meanwhile=look)
    assert got == list(waits)
    assert turns.trouble is not None
    assert (turns.trouble.kind, turns.trouble.who) == ("stuck", (0, 1))
    assert [outcome.ended for outcome in outcomes] == [True, False]


def test_somebody_who_goes_on_all_the_same_is_told_again() -> None:
    """After so many points: a loop that catches everything has to end, too."""
    turns = Turns(Scheduled(()), 1, 100)
    turns.give_up("stuck", 0)
    told = []
    for number in range(2 * UNWINDING + 1):
        try:
            turns.point(turns.participants[0], step.__code__, 1)
        except Abandoned:
            told.append(number)
    assert told == [0, UNWINDING, 2 * UNWINDING]


def test_nobody_arrives_at_what_is_given_up() -> None:
    """The next one in a thread that carries several ends where it would begin."""
    turns = Turns(Scheduled(()), 2, 100, one_thread=True)
    turns.give_up("stuck", 0)
    with pytest.raises(Abandoned):
        turns.arrive(turns.participants[1])


def test_what_everybody_waited_for_is_told_as_it_was_then() -> None:
    """A lock is given back while its holder unwinds; what is no lock is not told."""
    turns = Turns(Scheduled(()), 3, 100)
    a, b, c = turns.participants
    lock = cooperative(threading.Lock())
    lock.owner, lock.at = b, Point(1, step.__code__, 4)
    a.at, a.wants, b.wants, c.at, c.wants = Point(0, step.__code__, 2), lock, lock, a.at, object()
    turns.give_up("deadlock", 0, 1, 2)
    lock.owner = None
    assert turns.trouble is not None
    assert turns.trouble.waits == (Wait(0, a.at, lock, 1, Point(1, step.__code__, 4)),)


def test_what_is_over_is_not_given_up() -> None:
    """Somebody may look too late."""
    turns, _ = stepped(Scheduled(()), steps(1))
    turns.give_up("stuck", 0)
    assert turns.trouble is None


def test_the_stack_of_somebody_who_never_was_there_is_empty() -> None:
    """As is that of one whose thread is over."""
    turns = Turns(Scheduled(()), 2, 100)
    turns.participants[1].idents.append(-1)
    turns.give_up("stuck", 0, 1)
    assert turns.trouble is not None
    assert turns.trouble.stacks == ((), ())


class Nobody:
    """A policy that has nobody to choose."""

    def choose(self, all_of_them: Sequence[Any], now: Any) -> Any:
        return None


def test_whoever_asks_can_go_on() -> None:
    """Where a policy chooses nobody, at its start and at its points."""
    turns, (outcome,) = stepped(Nobody(), steps(2))
    assert outcome.ended
    assert (trace(turns), turns.entries) == ("AA", [])


def test_several_threads_may_act_for_a_participant() -> None:
    """Each waits at a gate of its own, and all go on together; stacks are those of the last."""
    gone: list[str] = []

    def both() -> None:
        turns, who = role()
        thread = threading.Thread(target=helps, args=(turns, who))
        thread.start()
        turns.point(who, step.__code__, 1)
        thread.join(PATIENCE)
        gone.append("outer")

    def helps(turns: Turns, who: Participant) -> None:
        turns.point(who, step.__code__, 1)
        gone.append("inner")

    def look() -> None:
        first = role().turns.participants[0]
        while len(first.gates) < 2:
            pass
        step()

    turns, _ = stepped(Scheduled(schedule((0, 1), (1, None), (0, None))), both, look)
    assert gone == ["inner", "outer"]
    assert trace(turns) == "AAB"
    first, second = turns.participants
    assert (len(first.idents), len(first.threads), len(second.idents)) == (2, 2, 1)


def test_a_first_turn_may_be_nobodys() -> None:
    """Whoever arrives takes it then."""
    turns = Turns(Nobody(), 2, 100)
    first, second = turns.participants
    assert turns.current is None
    turns.arrive(first)
    assert (turns.current, first.state, second.state) == (first, "going", "waiting")
