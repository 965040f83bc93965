"""Event loops: which of their calls tell them something, and when asyncio reads a pool's future."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from types import CodeType
from typing import Any

import pytest
from flask import copy_current_request_context
from watching import run_thread, serve, watched

from pytest_flaskctx.probes import Switchboard, loops
from pytest_flaskctx.probes.waits import Waits, shares, waited
from pytest_flaskctx.tasks import Task, moments
from pytest_flaskctx.threadstate import here


def counted(main: Callable[[], Any]) -> tuple[int, bool]:
    """Return how many waits ``main`` made in its loop, and whether it was told anything."""

    async def count() -> tuple[int, bool]:
        turns, before = here().turns, next(moments)
        await main()
        return here().turns - turns, here().heard > before

    with watched():
        return asyncio.run(count())


async def set_by_a_thread() -> None:
    """Wait for what another thread brings."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    thread = threading.Thread(target=loop.call_soon_threadsafe, args=(done.set,))
    thread.start()
    await done.wait()


async def set_by_itself() -> None:
    """Wait for what the loop's own thread brings, by the same way."""
    done = asyncio.Event()
    asyncio.get_running_loop().call_soon_threadsafe(done.set)
    await done.wait()


async def run_in_the_pool() -> None:
    """Wait for a thread of the loop's own pool, and for all of them."""
    await asyncio.to_thread(int)
    await asyncio.get_running_loop().shutdown_default_executor()


@pytest.mark.parametrize(
    ("main", "count"), [(set_by_a_thread, 1), (set_by_itself, 0), (asyncio.sleep, 0)]
)
def test_what_another_thread_tells_a_loop_counts(main: Callable[..., Any], count: int) -> None:
    """As one wait of the thread that runs the loop."""
    work = partial(main, 0) if main is asyncio.sleep else main
    assert counted(work) == (count, bool(count))


def test_what_asyncio_tells_itself_is_no_such_wait() -> None:
    """It says of what it is, or that a pool is done."""
    turns, _ = counted(run_in_the_pool)
    assert turns == 0


def test_before_a_loop_runs_only_another_thread_tells_it_something() -> None:
    """Whoever calls it then may be the one that is going to run it."""
    turns = []
    with watched():
        for way in (run_thread, lambda call: call()):
            loop = asyncio.new_event_loop()
            way(partial(loop.call_soon_threadsafe, loop.stop))
            before = here().turns
            loop.run_forever()
            turns.append(here().turns - before)
            loop.close()
    assert turns == [1, 0]


def test_what_cannot_be_called_so_is_refused_as_ever() -> None:
    """asyncio says itself, in its debug mode, what is no callback."""
    errors = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for wrong in (main, 7):
            with pytest.raises(TypeError) as caught:
                await asyncio.to_thread(loop.call_soon_threadsafe, wrong)
            errors.append(str(caught.value))

    with watched():
        asyncio.run(main(), debug=True)
    assert errors[0] == "coroutines cannot be used with call_soon_threadsafe()"
    assert errors[1].startswith("a callable object was expected by call_soon_threadsafe()")


def test_a_handle_shows_what_it_calls() -> None:
    """Its name and its place stand in what asyncio logs."""

    def show() -> None:
        """Show something."""

    with watched():
        loop = asyncio.new_event_loop()
        shown = repr(loop.call_soon_threadsafe(show))
        loop.close()
    assert "<locals>.show() at " in shown
    assert __file__ in shown


def callback(calls: list[object], dest_loop: object) -> Callable[[Any], None]:
    """Return what asyncio would register for a loop; the name of that is asyncio's own."""

    def call(future: object) -> None:
        calls.append((future, dest_loop))

    return call


def registered(future: Future[Any], **changes: Any) -> tuple[int, int]:
    """Return how often what is registered on ``future`` was called: at once, and a turn later.

    Args:
        future: the future.
        changes: ``codes``, ``live`` or ``dest_loop``, other than they should be for a later turn.
    """
    probe = Waits(Switchboard())
    calls: list[object] = []
    code = callback(calls, None).__code__
    codes, live = changes.get("codes", {id(code): code}), changes.get("live", True)
    register = loops.registered(
        Future.add_done_callback, shares, codes, lambda: live, probe.guarded
    )

    async def main() -> tuple[int, int]:
        register(future, callback(calls, changes.get("dest_loop", asyncio.get_running_loop())))
        at_once = len(calls)
        await asyncio.sleep(0)
        return at_once, len(calls)

    counts = asyncio.run(main())
    assert not probe.board.disabled
    return counts


@pytest.fixture
def done() -> Future[int]:
    """Return a future that is done, of a task with which a context went along."""
    future: Future[int] = Future()
    future.set_result(1)
    waited(future).shares = True
    return future


def test_a_future_that_is_done_is_read_a_turn_later(done: Future[int]) -> None:
    """As if it had been done a little later; everything else is called when it always was."""
    assert registered(done) == (0, 1)
    assert registered(done, live=False) == (1, 1)
    assert registered(done, codes={}) == (1, 1)
    assert registered(done, dest_loop=None) == (1, 1)
    own: Future[int] = Future()
    own.set_result(1)
    assert registered(own) == (1, 1)
    assert registered(Future()) == (0, 0)


def test_where_no_context_goes_along_nothing_is_put_off(done: Future[int]) -> None:
    """There is nothing that could be shared."""
    waited(done).shares = False
    assert registered(done) == (1, 1)


@pytest.mark.parametrize("copied", [True, False])
def test_a_context_that_goes_along_is_known_of_the_future(copied: bool) -> None:
    """And of its task."""
    futures: list[Future[Any]] = []
    with watched(), ThreadPoolExecutor(1) as pool:
        serve(
            lambda: futures.append(
                pool.submit(copy_current_request_context(int) if copied else int)
            )
        )
    assert shares(futures[0]) is copied


def test_what_is_no_function_is_registered_as_it_is(done: Future[int]) -> None:
    """It is nothing of asyncio's."""
    calls: list[object] = []
    register = loops.registered(
        Future.add_done_callback, shares, {}, lambda: True, Waits(Switchboard()).guarded
    )
    register(done, calls.append)
    assert calls == [done]


def test_a_future_that_another_thread_completes_meanwhile(done: Future[int]) -> None:
    """Is read in that thread, as asyncio would have it."""
    calls: list[object] = []
    code = callback(calls, None).__code__

    def original(future: Future[int], function: Callable[[Any], object]) -> None:
        run_thread(lambda: function(future))

    register = loops.registered(
        original, shares, {id(code): code}, lambda: True, Waits(Switchboard()).guarded
    )

    async def main() -> None:
        loop = asyncio.get_running_loop()
        register(done, callback(calls, loop))
        assert calls == [(done, loop)]

    asyncio.run(main())


async def gathered(*works: Any) -> None:
    """Begin all at once."""
    await asyncio.gather(*works)


async def waited_for(*works: Any) -> None:
    """Begin all at once, another way."""
    await asyncio.wait([asyncio.create_task(work) for work in works])


async def grouped(*works: Any) -> None:
    """Begin all at once, as a group."""
    async with asyncio.TaskGroup() as group:
        for work in works:
            group.create_task(work)


async def around(*works: Any) -> None:
    """Wait for what waits for all."""
    await gathered(*works)


async def gathered_for_later(*works: Any) -> None:
    """Begin all at once, and wait for them when they have begun."""
    both = asyncio.gather(*works)
    await asyncio.sleep(0)
    await both


async def one_by_one(*works: Any) -> None:
    """Wait for the first, while the second is nobody's."""
    tasks = [asyncio.create_task(work) for work in works]
    for task in tasks:
        await task


async def in_turn(*works: Any) -> None:
    """Wait for one after the other, in no task of their own."""
    for work in works:
        await work


AWAITERS: dict[str, tuple[Callable[..., Any], list[list[str]]]] = {
    "gather": (gathered, [["gathered"]] * 2),
    "wait": (waited_for, [["waited_for"]] * 2),
    "a group": (grouped, [["grouped"]] * 2),
    "a gather of one's own": (around, [["gathered", "around"]] * 2),
    "a gather for later": (gathered_for_later, [[], []]),
    "one by one": (one_by_one, [["one_by_one"], []]),
    "in turn": (in_turn, [["in_turn"]] * 2),
}


@pytest.mark.parametrize("way", AWAITERS)
def test_who_awaits_what_a_loop_begins_stands_in_its_stack(way: str) -> None:
    """Right behind asyncio's own frames, and before the loop's."""
    main, expected = AWAITERS[way]
    stacks: list[list[CodeType]] = []
    with watched() as watch:
        booked = watch.recorder.handed_over

        def handed_over(task: Task) -> None:
            booked(task)
            if task.kind == "submit":
                stacks.append([code for code, _ in task.raw])

        watch.recorder.handed_over = handed_over  # type: ignore[method-assign]
        serve(lambda: asyncio.run(main(asyncio.to_thread(int), asyncio.to_thread(int))))
    for stack, names in zip(stacks, expected, strict=True):
        assert [code.co_name for code in stack[:2]] == ["run_in_executor", "to_thread"]
        within = stack[: stack.index(asyncio.Handle._run.__code__)]
        assert [code.co_name for code in within if code.co_filename == __file__] == names


def test_outside_of_a_loop_a_stack_stays_as_it_is() -> None:
    """Nobody awaits anything there; asyncio says so by an error, which is not ours to show."""
    code = asyncio.Handle._run.__code__
    raw = ((code, 0),) * 3
    assert loops.with_awaiters(raw) == raw


def test_only_asyncio_that_reads_at_once_is_told_to_wait() -> None:
    """Which is so from Python 3.14 on, and of one function."""
    assert len(loops.chained(asyncio.futures)) == (sys.version_info >= (3, 14))
