"""Locks that know the turns: who waits lets others go on, and threads of the program wait as ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from stepping import PATIENCE, step, stepped
from watching import run_thread

from pytest_flaskctx.isolation import locks
from pytest_flaskctx.isolation.locks import (
    PLAIN,
    REENTRANT,
    Cooperative,
    Lock,
    Reentrant,
    cooperative,
    made,
    make_reentrant,
)
from pytest_flaskctx.isolation.policies import Scheduled
from pytest_flaskctx.isolation.schedules import schedule
from pytest_flaskctx.isolation.turns import Participant, Point


def plain() -> Cooperative:
    """Return what stands in for a plain lock."""
    return cooperative(threading.Lock())


def reentrant() -> Cooperative:
    """Return what stands in for a reentrant one."""
    return cooperative(threading.RLock())


KINDS = pytest.mark.parametrize("make", [plain, reentrant])


@KINDS
def test_a_thread_of_the_program_finds_a_plain_lock(make: Callable[[], Cooperative]) -> None:
    """Held, tried and given back as ever; nobody is its owner."""
    lock = make()
    with lock:
        assert lock.owner is None
        others: list[bool] = []
        run_thread(lambda: others.append(lock.acquire(False)))
        run_thread(lambda: others.append(lock.acquire(timeout=0.001)))
        assert others == [False, False]
    run_thread(lambda: others.append(lock.acquire() and lock.release() is None))
    assert others == [False, False, True]


def test_a_plain_lock_says_whether_it_is_held() -> None:
    """What else it can do, the real one does."""
    real = threading.Lock()
    lock = cooperative(real)
    assert not lock.locked()
    real.acquire()
    assert lock.locked()
    assert lock.release_lock.__self__ is real
    lock.release()
    with pytest.raises(RuntimeError):
        lock.release()
    with pytest.raises(AttributeError):
        lock.nothing  # noqa: B018 - to ask is what is tested


def test_the_kind_of_a_lock_is_that_of_the_real_one() -> None:
    """Only a reentrant one can be taken twice."""
    assert type(plain()) is Cooperative
    assert type(reentrant()) is Reentrant
    lock = reentrant()
    with lock, lock:
        assert lock._is_owned()
    assert not lock._is_owned()


@KINDS
def test_a_participant_owns_the_lock_that_it_takes(make: Callable[[], Cooperative]) -> None:
    """From the line where it took it to where it gives it back."""
    lock = make()
    owners: list[tuple[Participant | None, Point | None]] = []

    def body() -> None:
        step(3)
        with lock:
            owners.append((lock.owner, lock.at))
        owners.append((lock.owner, None))

    turns, _ = stepped(Scheduled(()), body)
    (who,) = turns.participants
    assert owners == [(who, turns.points[0]), (None, None)]


@KINDS
def test_a_participant_that_waits_lets_the_other_go_on(make: Callable[[], Cooperative]) -> None:
    """It has the lock as soon as that is free, and the wait is known."""
    lock, order = make(), []

    def body(name: str) -> Callable[[], None]:
        def run() -> None:
            step()
            with lock:
                order.append(name)
                step()
                order.append(name)

        return run

    turns, _ = stepped(Scheduled(schedule((0, 2), (1, None))), body("a"), body("b"))
    assert order == ["a", "a", "b", "b"]
    assert turns.blocks == [lock]
    assert turns.trouble is None


def test_a_reentrant_lock_is_given_back_with_its_last_hold() -> None:
    """Until then its owner keeps it."""
    lock = reentrant()
    owned: list[bool] = []

    def body() -> None:
        with lock:
            with lock:
                pass
            owned.append(lock.owner is not None)
        owned.append(lock.owner is not None)

    stepped(Scheduled(()), body)
    assert owned == [True, False]


def test_a_participant_may_only_try() -> None:
    """It does not wait then, and does not own what it did not get."""
    lock = plain()
    got: list[bool] = []

    def tries() -> None:
        got.append(lock.acquire(blocking=False))
        got.append(lock.owner is turns_of_a[0])

    turns_of_a: list[Participant] = []

    def first() -> None:
        with lock:
            assert lock.owner is not None
            turns_of_a.append(lock.owner)
            step()

    turns, _ = stepped(Scheduled(schedule((0, 1), (1, None))), first, tries)
    assert got == [False, True]
    assert turns.blocks == []


def test_a_wait_with_a_timeout_ends_where_nobody_can_go_on() -> None:
    """However long it is: nobody could end it."""
    lock = plain()
    got: list[bool] = []

    def body() -> None:
        lock.acquire()
        got.append(lock.acquire(timeout=3600))

    turns, _ = stepped(Scheduled(()), body)
    assert got == [False]
    assert turns.trouble is None


def test_who_takes_a_lock_twice_waits_for_ever() -> None:
    """Where no other thread could give it back, that is told at once."""
    lock = plain()

    def body() -> None:
        lock.acquire()
        lock.acquire()

    turns, (outcome,) = stepped(Scheduled(()), body)
    assert turns.trouble is not None
    assert (turns.trouble.kind, turns.trouble.who) == ("deadlock", (0,))
    assert (outcome.ended, turns.participants[0].wants) == (False, lock)


def test_two_locks_in_two_orders_are_a_deadlock() -> None:
    """Of both, and each wants what the other has."""
    one, other = plain(), plain()

    def body(first: Cooperative, second: Cooperative) -> Callable[[], None]:
        def run() -> None:
            first.acquire()
            step()
            second.acquire()

        return run

    turns, _ = stepped(Scheduled(schedule((0, 1), (1, None))), body(one, other), body(other, one))
    assert turns.trouble is not None
    assert (turns.trouble.kind, turns.trouble.who) == ("deadlock", (0, 1))
    a, b = turns.participants
    assert (a.wants, b.wants, other.owner, one.owner) == (other, one, b, a)


def test_a_thread_of_the_program_may_give_a_participant_its_signal() -> None:
    """It waits for that in the real lock, and comes back for its turn."""
    lock = plain()
    waits = threading.Event()

    def gives() -> None:
        assert waits.wait(PATIENCE)
        lock.release()

    def body() -> None:
        lock.acquire()
        waits.set()
        lock.acquire()
        step()

    thread = threading.Thread(target=gives)
    thread.start()
    turns, (outcome,) = stepped(Scheduled(()), body)
    thread.join(PATIENCE)
    assert outcome.error is None
    assert (len(turns.points), turns.blocks) == (1, [])


def test_a_lock_that_a_thread_of_the_program_holds_is_a_signal_too() -> None:
    """Nobody but that thread can give it back."""
    lock = plain()
    held, go = threading.Event(), threading.Event()

    def holds() -> None:
        with lock:
            held.set()
            assert go.wait(PATIENCE)

    def body() -> None:
        go.set()
        with lock:
            step()

    thread = threading.Thread(target=holds)
    thread.start()
    assert held.wait(PATIENCE)
    turns, _ = stepped(Scheduled(()), body)
    thread.join(PATIENCE)
    assert len(turns.points) == 1


def test_a_thread_of_the_program_waits_for_a_participant() -> None:
    """And wakes the participants that wait for it in turn."""
    lock = plain()
    taken = threading.Event()
    got: list[bool] = []

    def waits() -> None:
        assert taken.wait(PATIENCE)
        with lock:
            got.append(lock.owner is None)

    def body() -> None:
        with lock:
            taken.set()
            step()
        thread.join(PATIENCE)

    thread = threading.Thread(target=waits)
    thread.start()
    stepped(Scheduled(()), body)
    assert got == [True]


@pytest.mark.parametrize("kind", ["Lock", "RLock"])
def test_a_condition_works_between_participants(kind: str) -> None:
    """Its lock is given back as often as it was taken, and taken as often again."""
    with made():
        condition = threading.Condition(getattr(threading, kind)())
    told: list[str] = []

    def waits() -> None:
        with condition:
            while not told:
                condition.wait()
            told.append("heard")

    def tells() -> None:
        with condition:
            told.append("told")
            condition.notify()

    with made():
        turns, outcomes = stepped(Scheduled(()), waits, tells)
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert told == ["told", "heard"]
    assert turns.trouble is None


def test_a_reentrant_lock_is_taken_again_as_often_as_it_was_held() -> None:
    """A condition's wait gives back all holds at once."""
    lock: Any = reentrant()
    with lock, lock:
        count = lock._release_save()
        assert not lock._is_owned()
        lock._acquire_restore(count)
    assert count[0] == 2
    run_thread(lock.acquire)


def test_what_is_no_lock_can_still_be_told_by_its_class() -> None:
    """``threading.Lock`` may be a class that programs ask for, and is one meanwhile."""
    plain: Any = threading.Lock()
    with made():
        kind: Any = threading.Lock
        assert isinstance(kind(), kind)
        assert isinstance(plain, kind)
        assert not isinstance(3, kind)


def test_a_condition_that_nobody_notifies_is_a_deadlock() -> None:
    """Of whoever waits there."""

    def waits() -> None:
        with made():
            condition = threading.Condition()
            with condition:
                condition.wait()

    turns, _ = stepped(Scheduled(()), waits)
    assert turns.trouble is not None
    assert turns.trouble.kind == "deadlock"


def test_locks_that_are_made_within_the_block_know_the_turns() -> None:
    """Those of conditions and queues, too; outside of it nothing has changed."""
    before = threading.Lock, threading.RLock
    with made():
        lock, again, condition = threading.Lock(), threading.RLock(), threading.Condition()
    assert (type(lock), type(again), type(condition._lock)) == (  # type: ignore[attr-defined]
        Cooperative,
        Reentrant,
        Reentrant,
    )
    assert (threading.Lock, threading.RLock) == before
    assert isinstance(threading.Lock(), PLAIN)
    assert isinstance(threading.RLock(), REENTRANT)


def test_the_block_may_end_with_an_error() -> None:
    """It is put back all the same."""
    before = threading.Lock
    with pytest.raises(ValueError, match="x"), made():
        raise ValueError("x")
    assert threading.Lock is before


@pytest.mark.parametrize("make", [Lock, make_reentrant])
def test_a_lock_knows_where_it_was_made(make: Callable[[], Any]) -> None:
    """By code and line."""
    lock = make()
    code = test_a_lock_knows_where_it_was_made.__code__
    assert lock.made == (code, code.co_firstlineno + 3)


@pytest.mark.parametrize(("make", "kind"), [("Lock", PLAIN), ("make_reentrant", REENTRANT)])
def test_a_module_that_is_imported_meanwhile_makes_a_plain_lock(make: str, kind: type) -> None:
    """It is there for the whole process."""
    space: dict[str, Any] = {"make": getattr(locks, make)}
    exec(compile("lock = make()", "<module of a library>", "exec"), space)
    assert type(space["lock"]) is kind


@pytest.mark.parametrize(("soon", "order"), [(PATIENCE, "given back"), (0.0, "passed on")])
def test_a_lock_of_one_with_several_threads_may_be_given_back_soon(
    soon: float, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its other thread runs on by itself; else it is waited for as any is."""
    monkeypatch.setattr(locks, "SOON", soon)
    lock = plain()
    held, wanted = threading.Event(), threading.Event()

    def holds() -> None:
        lock.acquire()
        assert lock.owner is not None
        lock.owner.threads.append(-1)
        held.set()
        step()
        if order == "passed on":
            lock.release()

    def gives_back() -> None:
        assert wanted.wait(PATIENCE)
        lock.release()

    def wants() -> None:
        wanted.set()
        with lock:
            step()

    thread = threading.Thread(target=gives_back)
    if order == "given back":
        thread.start()
    turns, outcomes = stepped(Scheduled(schedule((0, 1), (1, None))), holds, wants)
    if order == "given back":
        thread.join(PATIENCE)
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert turns.blocks == ([] if order == "given back" else [lock])
