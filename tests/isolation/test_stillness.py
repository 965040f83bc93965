"""Whether a thread stands still."""

from __future__ import annotations

import io
import sys
import threading
from typing import IO

import pytest

from pytest_flaskctx.isolation.stillness import Clock, Stillness, clock_of

STAT = b"4711 (a) b (c) S 1 4711 4711 0 -1 4194304 1214 0 0"
SCHEDULED = b"1234567 89 10\n"


def test_the_kernel_tells_state_and_time() -> None:
    """Of one thread; its name may have any signs in it."""
    asked = []

    def read(path: str, mode: str) -> IO[bytes]:
        asked.append((path, mode))
        return io.BytesIO(STAT if path.endswith("/stat") else SCHEDULED)

    assert clock_of(7, read) == ("S", "1234567")
    assert asked == [("/proc/self/task/7/stat", "rb"), ("/proc/self/task/7/schedstat", "rb")]


@pytest.mark.parametrize("stat", [None, b"", STAT])
@pytest.mark.parametrize("scheduled", [None, b""])
def test_a_system_may_tell_nothing(stat: bytes | None, scheduled: bytes | None) -> None:
    """A file is missing, or empty."""

    def read(path: str, mode: str) -> IO[bytes]:
        text = stat if path.endswith("/stat") else scheduled
        if text is None:
            raise FileNotFoundError(path)
        return io.BytesIO(text)

    assert clock_of(7, read) is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such files")
def test_a_thread_that_works_is_running() -> None:
    """The one that asks, for one."""
    clock = clock_of(threading.get_native_id())
    assert clock is not None
    assert clock[0] == "R"
    assert int(clock[1]) > 0
    assert clock_of(2**22 + 1) is None


class Clocks:
    """Threads that sleep, unless they are told otherwise."""

    def __init__(self) -> None:
        self.of: dict[int, Clock | None] = {1: ("S", "10"), 2: ("S", "20")}

    def __call__(self, thread: int) -> Clock | None:
        return self.of[thread]


@pytest.fixture
def clocks() -> Clocks:
    """Of two threads."""
    return Clocks()


def looks(stillness: Stillness, threads: tuple[int, ...] = (1, 2), changes: int = 0) -> int:
    """Return how many looks it takes until the threads stand still, up to 50."""
    return next((n for n in range(1, 50) if stillness.look(threads, changes)), 50)


def test_threads_that_sleep_for_long_enough_stand_still(clocks: Clocks) -> None:
    """And go on doing so."""
    few, more = (looks(Stillness(clocks, looks=each)) for each in (3, 5))
    assert 3 < few < 8
    assert more == few + 2
    stillness = Stillness(clocks)
    assert looks(stillness) == few
    assert stillness.look((1, 2), 0)


@pytest.mark.parametrize("clock", [("S", "21"), ("R", "20"), ("D", "20")])
def test_a_thread_that_did_something_does_not_stand_still(clocks: Clocks, clock: Clock) -> None:
    """It spent time, or is about to; both begin anew."""
    stillness = Stillness(clocks)
    looks(stillness)
    before, clocks.of[2] = clocks.of[2], clock
    assert not stillness.look((1, 2), 0)
    clocks.of[2] = before
    assert looks(stillness) > 3


def test_a_thread_that_runs_never_stands_still(clocks: Clocks) -> None:
    """However little time it spends."""
    clocks.of[1] = "R", "10"
    assert looks(Stillness(clocks)) == 50


def test_whatever_happens_begins_anew(clocks: Clocks) -> None:
    """The threads need not be concerned in it."""
    stillness = Stillness(clocks)
    looks(stillness)
    assert not stillness.look((1, 2), 1)
    assert looks(stillness, changes=1) >= 3


def test_silence_takes_longer_where_the_system_tells_nothing(clocks: Clocks) -> None:
    """Of some threads it may tell something."""
    clocks.of[1] = None
    told = looks(Stillness(clocks))
    clocks.of[2] = None
    assert 3 < told < 8
    few, more = (looks(Stillness(clocks, silent=each)) for each in (25, 30))
    assert 25 < few < 30
    assert more == few + 5
