"""``ThreadPool``: applied and mapped work is a task, over when its last call is."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from multiprocessing.pool import Pool, ThreadPool
from typing import Any

import pytest
from flask import request
from hostile import Hostile, Odd, refuse
from watching import PATIENCE, serve, watched

from pytest_flaskctx.board import board
from pytest_flaskctx.places import handing
from pytest_flaskctx.probes import threadpools


def swallow(*args: object) -> str:
    """Use the request where there is none, and answer all the same."""
    try:
        return request.path
    except RuntimeError:
        return "none"


def items() -> Iterator[int]:
    """Yield three, from no list."""
    yield from range(3)


WAYS: dict[str, tuple[Callable[[ThreadPool], Any], object]] = {
    "apply": (lambda pool: pool.apply(swallow), "none"),
    "apply_async": (lambda pool: pool.apply_async(swallow).get(PATIENCE), "none"),
    "map": (lambda pool: pool.map(swallow, range(3)), ["none"] * 3),
    "map_async": (lambda pool: pool.map_async(swallow, items()).get(PATIENCE), ["none"] * 3),
    "starmap": (lambda pool: pool.starmap(swallow, [(1, 2), (3, 4)]), ["none"] * 2),
    "imap": (lambda pool: list(pool.imap(swallow, items())), ["none"] * 3),
    "imap_unordered": (lambda pool: list(pool.imap_unordered(swallow, [1, 2])), ["none"] * 2),
    "chunks": (lambda pool: list(pool.imap(swallow, [1, 2, 3], chunksize=2)), ["none"] * 3),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_in_is_one_task(way: str) -> None:
    """Whichever method hands over, it is one task, seen in the worker and soon over."""
    call, expected = WAYS[way]
    with watched() as watch, ThreadPool(2) as pool:
        before = watch.recorder.handovers
        assert serve(lambda: call(pool)) == str(expected)
        assert watch.recorder.handovers == before + 1
        watch.drain()
        assert not watch.recorder.live
        # On 3.11 a call stands at another offset once the interpreter has specialised it.
        access = watch.accesses[0]
        assert len(watch.findings()) == 1
    assert access.origin is not None
    assert access.origin.kind == "threadpool"
    place = handing(access.origin.stack)
    assert place is not None
    assert (place.file, place.function) == (__file__, "<lambda>")


def test_an_empty_map_is_over_at_once() -> None:
    """A map over nothing has no call to wait for."""
    with watched() as watch, ThreadPool(1) as pool:
        assert serve(lambda: pool.map(swallow, [])) == "[]"
        assert not watch.recorder.live


def test_an_item_that_raises_does_not_hold_the_drain() -> None:
    """One call that raises ends its chunk; those after it never come, and are not waited for."""

    def view() -> None:
        with pytest.raises(ZeroDivisionError):
            pool.map(lambda n: 1 // n, [1, 0, 2, 3], chunksize=4)

    with watched() as watch, ThreadPool(1) as pool:
        serve(view)
        assert not watch.live
        watch.drain()
    assert not watch.recorder.unfinished


def test_callbacks_are_tasks_of_the_request() -> None:
    """A callback that leaks is traced to the view that named it."""
    done = threading.Event()

    def tell(result: object) -> None:
        swallow()
        done.set()

    def view() -> None:
        pool.apply_async(int, callback=tell, error_callback=None)
        assert done.wait(PATIENCE)

    with watched() as watch, ThreadPool(1) as pool:
        serve(view)
        watch.drain()
        assert not watch.recorder.live
        (access,) = watch.accesses
    assert access.origin is not None
    assert access.origin.request is not None


@pytest.mark.parametrize(
    ("work", "given"),
    [
        (int, {"callback"}),
        (int, {"callback", "error_callback"}),
        (lambda: 1 // 0, {"error_callback"}),
        (lambda: 1 // 0, {"callback", "error_callback"}),
    ],
)
def test_the_callback_is_waited_for(work: Callable[[], object], given: set[str]) -> None:
    """The work is done before the pool calls back: until then the callback is a task that is left."""
    began, gate = threading.Event(), threading.Event()

    def tell(result: object) -> None:
        began.set()
        assert gate.wait(PATIENCE)
        swallow()

    with watched() as watch, ThreadPool(1) as pool:
        serve(lambda: pool.apply_async(work, **dict.fromkeys(given, tell)))
        assert began.wait(PATIENCE)
        assert len(watch.live) == 1
        gate.set()
        watch.drain()
        assert not watch.recorder.live
        assert [access.proxy for access in watch.accesses] == ["request"]


@pytest.mark.parametrize(("work", "given"), [(int, "error_callback"), (lambda: 1 // 0, "callback")])
def test_a_callback_that_is_not_called_is_not_waited_for(
    work: Callable[[], object], given: str
) -> None:
    """Work that ends the other way ends the callback's task, and the caller gets what it always got."""
    with watched() as watch, ThreadPool(1) as pool:
        serve(lambda: pool.apply_async(work, **{given: swallow}))
        watch.drain()
        assert not watch.recorder.live
        assert not watch.recorder.unfinished
        assert not watch.accesses


def test_a_callback_given_by_place_is_called() -> None:
    """What is not given by name stays as it is, beside the other one that is."""
    done = threading.Event()

    def view() -> None:
        pool.apply_async(int, (), {}, lambda result: done.set(), error_callback=swallow)
        assert done.wait(PATIENCE)

    with watched() as watch, ThreadPool(1) as pool:
        serve(view)
        watch.drain()
        assert not watch.recorder.live


def test_an_error_callback_gets_the_error() -> None:
    """Only the callback that is called counts, with what it always got."""
    told: list[BaseException] = []
    done = threading.Event()

    def tell(error: BaseException) -> None:
        told.append(error)
        done.set()

    def view() -> None:
        pool.apply_async(int, ("x",), callback=swallow, error_callback=tell)
        assert done.wait(PATIENCE)

    with watched() as watch, ThreadPool(1) as pool:
        serve(view)
        watch.drain()
        assert not watch.recorder.live
    assert [type(error) for error in told] == [ValueError]


@pytest.mark.parametrize("way", WAYS)
def test_a_closed_pool_refuses_as_ever(way: str) -> None:
    """The error is the pool's own, and no task is left to wait for."""
    pool = ThreadPool(1)
    pool.close()

    def view() -> None:
        with pytest.raises(ValueError, match="Pool not running"):
            WAYS[way][0](pool)

    with watched() as watch:
        serve(view)
        assert not watch.recorder.live
    pool.join()


def test_a_closed_pool_refuses_callbacks_too() -> None:
    """A callback of what was refused is no task either."""
    pool = ThreadPool(1)
    pool.close()

    def view() -> None:
        with pytest.raises(ValueError, match="Pool not running"):
            pool.apply_async(int, callback=swallow)

    with watched() as watch:
        serve(view)
        assert not watch.recorder.live
    pool.join()


def test_a_terminated_pool_is_not_waited_for() -> None:
    """What was still queued when a pool was terminated never runs."""
    began, go = threading.Event(), threading.Event()

    def block(*args: object) -> None:
        began.set()
        go.wait(PATIENCE)

    def view() -> None:
        pool.apply_async(block)
        assert began.wait(PATIENCE)
        pool.apply_async(swallow)
        pool.map_async(swallow, [1, 2])
        pool.imap(swallow, [1, 2])

    with watched() as watch:
        pool = ThreadPool(1)
        serve(view)
        assert len(watch.live) == 4
        go.set()
        pool.terminate()
        # What had begun goes on to its end; the rest lies there for ever.
        watch.drain()
        assert not watch.live
        assert not watch.recorder.unfinished


def test_an_iterator_that_raises_does_not_hold_the_drain() -> None:
    """The error of the items is the caller's, and nothing of the map is waited for."""

    def broken() -> Iterator[int]:
        yield 1
        raise KeyError("row")

    def view() -> None:
        with pytest.raises(KeyError, match="row"):
            pool.map(swallow, broken())

    with watched() as watch, ThreadPool(1) as pool:
        serve(view)
        assert not watch.recorder.live


def test_a_task_does_not_keep_its_pool() -> None:
    """A pool that its user let go of is collected, whoever still knows its tasks."""
    with watched() as watch:
        pool = ThreadPool(1)
        gone = weakref.ref(pool)
        serve(lambda: gone().apply_async(swallow))  # type: ignore[union-attr]
        tasks = list(watch.recorder.live.values())
        watch.drain()
        pool.terminate()
        del pool
        gc.collect()
        assert gone() is None
        assert all(task.over() for task in tasks)


def test_a_process_pool_is_left_to_its_own_probe() -> None:
    """This one stands on the thread pool only: process pools pickle what they are given."""
    with watched():
        assert vars(ThreadPool)["apply_async"].__globals__ is vars(threadpools)
        assert Pool.apply_async.__module__ != threadpools.__name__


def test_while_nobody_records_a_pool_works_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Probes outlive their monitor by a moment: then nothing is a task."""
    with watched() as watch, ThreadPool(2) as pool:
        monkeypatch.setattr(board, "current", None)
        assert pool.apply(int) == 0
        assert pool.map(int, ["1", "2"]) == [1, 2]
        assert list(pool.imap(int, ["3"])) == [3]
        assert not watch.recorder.handovers


def test_what_is_applied_is_not_asked() -> None:
    """Neither the function nor its arguments, whatever they make of questions."""

    class Steps(list[Any]):
        __iter__ = __len__ = refuse  # type: ignore[assignment]

    def view() -> str:
        later = pool.apply_async(Hostile(), (Hostile(),))
        pool.apply_async(Odd(), [Odd()]).wait(PATIENCE)
        with pytest.raises(ValueError, match="asked"):
            pool.apply(int, Hostile())  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="asked"):
            pool.apply(int, Steps("3"))
        return later.get(PATIENCE)

    with watched() as watch, ThreadPool(1) as pool:
        assert serve(view) == "done"
        watch.drain()
        assert not watch.engine.disabled
        assert not watch.live


class Rows:
    """A result set that is closed."""

    def __len__(self) -> int:
        raise ValueError("closed")

    def __iter__(self) -> Iterator[int]:
        return iter(())


@pytest.mark.parametrize("size", [None, 2])
def test_items_that_cannot_be_counted_are_refused_as_ever(size: int | None) -> None:
    """The error is theirs, and no task is left to wait for."""

    def view() -> None:
        with pytest.raises(ValueError, match="closed"):
            pool.map(swallow, Rows(), size)

    with watched() as watch, ThreadPool(1) as pool:
        serve(view)
        assert not watch.recorder.live
        assert not watch.engine.disabled


def test_a_call_that_fails_before_it_begins_is_over() -> None:
    """What it is called with is none of a function's: nothing comes to the function."""

    def view() -> None:
        with pytest.raises(TypeError):
            pool.apply(swallow, 3)  # type: ignore[arg-type]

    with watched() as watch, ThreadPool(1) as pool:
        serve(view)
        assert not watch.live
