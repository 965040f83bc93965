"""Locks that were there before: each makes room for one that knows the turns, and comes back."""

from __future__ import annotations

import _thread
import threading
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from stepping import PATIENCE, stepped

from pytest_flaskctx.isolation import locks, sleeping
from pytest_flaskctx.isolation.locks import Cooperative, Reentrant
from pytest_flaskctx.isolation.policies import Scheduled
from pytest_flaskctx.isolation.state import State
from pytest_flaskctx.isolation.swapping import Swapped

Make = Callable[..., ModuleType]


def swapped(made: ModuleType, **roots: Any) -> Swapped:
    """Return the locks of a module."""
    name = made.__name__
    return Swapped(State({name: made}, roots, lambda each: each == name))


PLACES = {
    "a global": ("lock = threading.Lock()", "lock"),
    "an attribute of a class": ("class Shop:\n  lock = threading.Lock()", "Shop.lock"),
    "an attribute of an instance": (
        "class Shop:\n  def __init__(self): self.lock = threading.Lock()\nshop = Shop()",
        "shop.lock",
    ),
    "a slot": (
        "class Shop:\n  __slots__ = ('lock',)\nshop = Shop()\nshop.lock = threading.Lock()",
        "shop.lock",
    ),
    "an item of a list": ("locks = [0, threading.Lock()]", "locks[1]"),
    "an item of a dictionary": ("locks = {'x': threading.Lock()}", "locks['x']"),
    "a closure": (
        "def make():\n  lock = threading.Lock()\n  return lambda: lock\nview = make()",
        "view()",
    ),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_lock_is_swapped_wherever_it_is_kept(module: Make, place: str) -> None:
    """The real one is back afterwards, and holds what its stand-in held."""
    source, path = PLACES[place]
    made = module(f"import threading\n{source}")

    def look() -> Any:
        return eval(path, vars(made))

    real = look()
    with swapped(made).installed():
        lock = look()
        assert type(lock) is Cooperative
        lock.acquire()
        assert real.locked()
    assert look() is real
    assert real.locked()


def test_a_lock_has_the_name_of_its_first_place(module: Make) -> None:
    """In all of them it is the same one."""
    made = module("import threading\nlock = threading.Lock()\nsame = [lock]\nother = lock")
    with swapped(made).installed():
        assert made.lock is made.same[0] is made.other
        assert made.lock.name == f"{made.__name__}.lock"


def test_a_reentrant_lock_stays_one(module: Make) -> None:
    """It can be taken twice."""
    made = module("import threading\nlock = threading.RLock()")
    with swapped(made).installed():
        assert type(made.lock) is Reentrant
        with made.lock, made.lock:
            pass


def test_names_for_making_locks_and_sleeping_are_swapped(module: Make) -> None:
    """A module may have them by its own."""
    made = module(
        """
        from _thread import allocate_lock
        from threading import Lock, RLock as Again
        from time import sleep
        """
    )
    before = dict(vars(made))
    with locks.made(), sleeping.patched(), swapped(made).installed():
        kinds = [type(make()) for make in (made.allocate_lock, made.Lock, made.Again)]
        assert kinds == [Cooperative, Cooperative, Reentrant]
        assert made.sleep is time.sleep
        assert made.sleep is not before["sleep"]
        _, (outcome,) = stepped(Scheduled(()), lambda: made.sleep(3600))
        assert outcome.error is None
    assert dict(vars(made)) == before
    assert type(made.Lock()) is _thread.LockType


WAITED_AT = {
    "a condition": ("threading.Condition()", Reentrant),
    "a condition with a plain lock": ("threading.Condition(threading.Lock())", Cooperative),
    "an event": ("threading.Event()", Cooperative),
    "a semaphore": ("threading.Semaphore(0)", Cooperative),
    "a queue": ("queue.Queue()", Cooperative),
}


def inner(thing: Any) -> Any:
    """Return the condition in what threads wait at."""
    return getattr(thing, "_cond", getattr(thing, "not_empty", thing))


@pytest.mark.parametrize("kind", WAITED_AT)
def test_what_threads_wait_at_uses_the_stand_in_of_its_lock(module: Make, kind: str) -> None:
    """All of its inner names for it, and the real ones again afterwards."""
    source, lock = WAITED_AT[kind]
    made = module(f"import queue, threading\nthing = {source}")
    condition = inner(made.thing)
    before = dict(vars(condition))
    with locks.made(), swapped(made).installed():
        assert type(condition._lock) is lock
        assert condition.acquire.__self__ is condition._lock
        with condition:
            condition.notify_all()
    assert dict(vars(condition)) == before
    with condition:
        condition.notify_all()


@pytest.mark.parametrize("kind", ["a condition", "a condition with a plain lock"])
def test_participants_meet_at_a_condition_that_was_there_before(module: Make, kind: str) -> None:
    """Who waits there lets the other go on."""
    made = module(f"import threading\nthing = {WAITED_AT[kind][0]}")
    told: list[str] = []

    def waits() -> None:
        with made.thing:
            while not told:
                made.thing.wait()
            told.append("heard")

    def tells() -> None:
        with made.thing:
            told.append("told")
            made.thing.notify()

    with locks.made(), swapped(made).installed():
        turns, _ = stepped(Scheduled(()), waits, tells)
    assert told == ["told", "heard"]
    assert turns.trouble is None


def test_a_condition_with_a_lock_of_its_own_kind_is_left_alone(module: Make) -> None:
    """It is no lock of the interpreter's, and does its own waiting."""
    made = module(
        """
        import threading

        class Own:
            def __init__(self):
                self.real = 0
            def acquire(self, *how):
                return True
            def release(self):
                pass
            def locked(self):
                return False

        condition = threading.Condition(Own())
        """
    )
    before = dict(vars(made.condition))
    with swapped(made).installed():
        assert dict(vars(made.condition)) == before


def test_what_can_only_be_looked_at_is_left_alone(module: Make) -> None:
    """A thread-local's lock is its thread's."""
    made = module("import threading\nlocal = threading.local()\nlocal.lock = threading.Lock()")
    with swapped(made).installed():
        assert type(made.local.lock) is _thread.LockType


def test_locks_come_back_when_the_block_ends_with_an_error(module: Make) -> None:
    """Whatever it is."""
    made = module("import threading\nlock = threading.Lock()")
    real = made.lock
    with pytest.raises(ValueError, match="x"), swapped(made).installed():
        raise ValueError("x")
    assert made.lock is real
    assert threading.Lock is not locks.Lock


def test_a_name_in_a_class_keeps_what_it_says(module: Make) -> None:
    """A function of ours would be bound there, as the real one is not."""
    made = module("import time\nclass Shop:\n  pause = time.sleep\n")
    with sleeping.patched(), swapped(made).installed():
        made.Shop().pause(0)


def test_who_waits_at_a_condition_meanwhile_comes_back(module: Make) -> None:
    """Be it told before locks are exchanged, or after."""
    made = module("import threading\nnews, known = threading.Condition(), threading.Event()")
    seen: list[str] = []

    def wait() -> None:
        with made.news:
            made.known.set()
            seen.append("told" if made.news.wait(PATIENCE) else "not told")

    for tell_within in (True, False):
        made.known.clear()
        thread = threading.Thread(target=wait)
        thread.start()
        assert made.known.wait(PATIENCE)
        with made.news:  # it waits by now: the lock is free
            pass
        with swapped(made).installed():
            if tell_within:
                with made.news:
                    made.news.notify()
                thread.join(PATIENCE)
        if not tell_within:
            with made.news:
                made.news.notify()
            thread.join(PATIENCE)
    assert seen == ["told", "told"]
