"""Processes: what goes to one, or to a pool of them, is a task, and what they read is seen here."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import re
import signal
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from multiprocessing.pool import Pool, ThreadPool
from types import SimpleNamespace
from typing import Any

import pytest
from childhood import no_book
from errands import (
    METHODS,
    Asking,
    Stubborn,
    double,
    insist,
    open_when,
    size,
    size_and_gone,
    size_in_process,
    size_in_thread,
)
from flask import request
from watching import PATIENCE, Watched, run_thread, serve, watched

from pytest_flaskctx import parent
from pytest_flaskctx.board import board
from pytest_flaskctx.places import handing
from pytest_flaskctx.probes import processes
from pytest_flaskctx.probes.handover import hand_over

FORKS = pytest.mark.skipif("fork" not in METHODS, reason="processes are not forked here")
QUICK = METHODS[0]
"""The method by which processes start here unless something else is told: forks are quick."""

POSIX = pytest.mark.skipif(os.name != "posix", reason="signals and forks")
# On 3.12 and later a fork beside the threads of other tests warns; none of them holds a lock.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")

WAYS: dict[str, Callable[[Any], Any]] = {
    "apply": lambda pool: pool.apply(size),
    "apply_async": lambda pool: pool.apply_async(size).get(PATIENCE),
    "map": lambda pool: pool.map(size, range(3)),
    "map_async": lambda pool: pool.map_async(size, range(3)).get(PATIENCE),
    "starmap": lambda pool: pool.starmap(size, [(1, 2), (3, 4)]),
    "imap": lambda pool: list(pool.imap(size, range(3))),
    "imap_unordered": lambda pool: list(pool.imap_unordered(size, [1, 2])),
    "chunks": lambda pool: list(pool.imap(size, [1, 2, 3], chunksize=2)),
}


def context(method: str) -> Any:
    """Return what starts processes by a method."""
    return multiprocessing.get_context(method)  # type: ignore[call-overload]


@pytest.fixture(scope="module", params=METHODS)
def each_pool(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A pool that was made before any request, by each method of starting processes."""
    with watched(), context(request.param).Pool(1) as pool:
        yield pool


@pytest.fixture(scope="module", params=METHODS)
def each_executor(request: pytest.FixtureRequest) -> Iterator[ProcessPoolExecutor]:
    """An executor that started its process before any request, likewise."""
    with watched(), ProcessPoolExecutor(1, mp_context=context(request.param)) as executor:
        executor.submit(double, 1).result()
        yield executor


@pytest.fixture(scope="module")
def pool() -> Iterator[Any]:
    """A pool that was made before any request."""
    with watched(), context(QUICK).Pool(1) as pool:
        yield pool


@pytest.fixture(scope="module")
def executor() -> Iterator[ProcessPoolExecutor]:
    """An executor that started its process before any request."""
    with watched(), ProcessPoolExecutor(1, mp_context=context(QUICK)) as executor:
        executor.submit(double, 1).result()
        yield executor


def leaked(watch: Watched, kind: str) -> None:
    """Assert that one unbound access was seen, in a process, of a task handed over by ``kind``."""
    (finding,) = watch.findings()
    assert (finding.code, finding.proxy) == ("FCX101", "request")
    assert finding.process != os.getpid()
    assert finding.handover is not None
    assert finding.handover.origin.kind == kind
    assert finding.handover.origin.request is not None
    place = handing(finding.handover.origin.stack)
    assert place is not None
    assert place.file == __file__


def drained(watch: Watched) -> None:
    """Wait for the tasks as the plugin does."""
    watch.engine.wait(watch.trial, PATIENCE)
    assert not watch.recorder.live


@pytest.mark.parametrize("way", WAYS)
def test_every_way_into_a_pool_is_one_task(each_pool: Any, way: str) -> None:
    """However its processes were started, and whichever method hands over."""
    with watched() as watch:
        assert "none" in serve(lambda: WAYS[way](each_pool))
        assert watch.recorder.handovers == 1
        drained(watch)
        leaked(watch, "processpool")


@pytest.mark.parametrize(
    ("way", "kind"),
    [
        (lambda executor: executor.submit(size).result(PATIENCE), "submit"),
        (lambda executor: list(executor.map(size, [1])), "map"),
    ],
    ids=["submit", "map"],
)
def test_every_way_into_an_executor_is_a_task(
    each_executor: ProcessPoolExecutor, way: Callable[[Any], Any], kind: str
) -> None:
    """What is submitted, and each chunk of what is mapped."""
    with watched() as watch:
        assert "none" in serve(lambda: way(each_executor))
        assert watch.recorder.handovers == 1
        drained(watch)
        leaked(watch, kind)


@pytest.mark.parametrize("method", [each for each in METHODS if each != "fork"])
@pytest.mark.parametrize("kind", [multiprocessing.Process, Asking], ids=["target", "run"])
def test_a_spawned_process_is_a_task(method: str, kind: Any, monkeypatch) -> None:
    """A function or a subclass that overrides ``run``: it is pickled with where it comes from."""
    # What a plain Process is started by.
    monkeypatch.setattr(
        multiprocessing.context._default_context, "_actual_context", context(method)
    )
    arguments = {} if kind is Asking else {"target": size}

    def view() -> None:
        asking = kind(**arguments)
        asking.start()
        asking.join(PATIENCE)
        assert not [name for name in vars(asking) if "papers" in name]

    with watched() as watch:
        serve(view)
        drained(watch)
        leaked(watch, "process")


def test_a_process_that_is_pickled_otherwise_runs_unwatched(monkeypatch) -> None:
    """Its own way of being pickled is not ours to change."""
    monkeypatch.setattr(
        multiprocessing.context._default_context, "_actual_context", context("spawn")
    )

    def view() -> Any:
        asking = Stubborn()
        asking.start()
        asking.join(PATIENCE)
        return asking.exitcode

    with watched() as watch:
        assert serve(view) == "0"
        drained(watch)
        assert not watch.findings()


def test_work_that_reads_no_context_is_right(executor: ProcessPoolExecutor) -> None:
    """Values go in, values come out."""
    with watched() as watch:
        assert serve(lambda: executor.submit(double, 4).result(PATIENCE)) == "8"
        drained(watch)
        assert not watch.recorder.sightings


def two_users(view: Callable[[], object]) -> list[str]:
    """Serve two requests one after the other, as of two users; return what they were answered."""
    from watching import application

    client = application(view).test_client()
    return [client.get(f"/order/tea?size={size}").text for size in ("9", "4")]


@FORKS
@pytest.mark.parametrize("way", [way for way in WAYS if "chunks" not in way])
def test_a_forked_pool_keeps_the_first_request(way: str) -> None:
    """The second user gets the data of the first, and the finding names both."""
    kept: list[Any] = []

    def view() -> object:
        if not kept:
            kept.append(context("fork").Pool(1))
        return WAYS[way](kept[0])

    with watched() as watch:
        first, second = two_users(view)
        assert first == second
        assert "9" in second
        drained(watch)
        (finding,) = watch.findings()
        kept[0].terminate()
        kept[0].join()
    assert finding.code == "FCX202"
    assert finding.started is not None
    assert finding.started.origin.kind == "process"
    assert finding.context is not None
    assert finding.context.over


@FORKS
def test_a_forked_executor_keeps_the_first_request() -> None:
    """The same, with the pool of concurrent.futures."""
    with watched() as watch, ProcessPoolExecutor(1, mp_context=context("fork")) as executor:
        assert two_users(lambda: executor.submit(size).result()) == ["9", "9"]
        drained(watch)
        (finding,) = watch.findings()
    assert (finding.code, finding.count) == ("FCX202", 1)


@FORKS
def test_what_its_view_waits_for_may_read_its_request() -> None:
    """Forked for one request, joined by it: nobody else's data is in sight."""

    def view() -> None:
        asking = context("fork").Process(target=size)
        asking.start()
        asking.join(PATIENCE)

    with watched(mode="strict") as watch:
        serve(view)
        drained(watch)
        assert watch.recorder.sightings
        assert not watch.findings()


@FORKS
def test_a_forked_process_outlives_its_request() -> None:
    """It has the context as it was at the fork, and nobody waits for it."""
    gate = context("fork").Event()

    def view() -> None:
        context("fork").Process(target=open_when, args=(gate, size)).start()

    with watched() as watch:
        serve(view)
        (task,) = watch.live
        gate.set()
        drained(watch)
        assert task.over()
        (finding,) = watch.findings()
    assert finding.code == "FCX207"


@FORKS
def test_an_initializer_sees_the_inherited_context() -> None:
    """It runs in no task; what it reads is told with where the pool was forked."""

    def view() -> object:
        with context("fork").Pool(1, initializer=size) as pool:
            return pool.apply(double, (2,))

    with watched() as watch:
        assert serve(view) == "4"
        drained(watch)
        (access,) = watch.accesses
    assert access.origin is None
    assert access.started is not None
    assert access.context is not None
    assert access.context.same_request


@pytest.mark.parametrize("method", [method for method in METHODS if method != "forkserver"])
def test_children_of_children_are_seen(method: str) -> None:
    """Threads and processes that a child starts, back to the request in this process."""
    with watched() as watch, ProcessPoolExecutor(1, mp_context=context("spawn")) as executor:

        def view() -> None:
            executor.submit(size_in_thread).result()
            executor.submit(size_in_process, method).result()

        serve(view)
        drained(watch)
        findings = watch.findings()
    kinds = {
        (each.handover.origin.kind, each.handover.parent.origin.kind)
        for each in findings
        if each.handover and each.handover.parent
    }
    assert kinds == {("thread", "submit"), ("process", "submit")}


def test_what_a_dying_child_saw_is_kept() -> None:
    """It ends without any clean-up; its pool is broken as it would be."""
    with watched() as watch, ProcessPoolExecutor(1, mp_context=context("spawn")) as executor:

        def view() -> object:
            return isinstance(executor.submit(size_and_gone).exception(), BrokenExecutor)

        assert serve(view) == "True"
        drained(watch)
        leaked(watch, "submit")


def test_errors_come_back_as_they_are(executor: ProcessPoolExecutor) -> None:
    """With their cause; and the sighting is known by them."""
    from pytest_flaskctx.sightings import sighting_of

    with watched() as watch:

        def view() -> object:
            future = executor.submit(insist)
            error = future.exception(PATIENCE)
            assert isinstance(error, RuntimeError)
            assert "Working outside of request context" in str(error)
            assert "RemoteTraceback" in repr(error.__cause__) or error.__cause__ is not None
            found = sighting_of(error)
            return found is not None and found in watch.recorder.sightings

        assert serve(view) == "True"
        drained(watch)
        (sighting,) = watch.recorder.sightings
        assert sighting.escaped


@pytest.mark.parametrize("method", METHODS)
def test_what_cannot_be_pickled_fails_as_it_would(method: str) -> None:
    """The same error, at the same place, and the pool goes on."""

    def view() -> object:
        with ProcessPoolExecutor(1, mp_context=context(method)) as executor:
            refused = executor.submit(lambda: 1).exception(PATIENCE)
            assert isinstance(refused, (pickle.PicklingError, AttributeError, TypeError))
            told = re.sub(r"0x\w+", "", str(refused))
            return type(refused).__name__, told, executor.submit(double, 2).result()

    plain = view()
    with watched() as watch:
        assert serve(view) == str(plain)
        drained(watch)
        assert not watch.findings()


def test_what_cannot_be_started_is_no_task() -> None:
    """The process is as it was, and nothing is waited for."""

    def view() -> object:
        asking = context("spawn").Process(target=lambda: 1)
        known = set(vars(asking))
        with pytest.raises((pickle.PicklingError, AttributeError)):
            asking.start()
        return set(vars(asking)) - known - {"_popen"}

    with watched() as watch:
        assert serve(view) == "set()"
        assert not watch.live


def test_what_a_pool_refuses_is_no_task(pool: Any) -> None:
    """A closed executor and a closed pool take nothing."""
    closed = ProcessPoolExecutor(1)
    closed.shutdown()
    other = context("spawn").Pool(1)
    other.terminate()
    other.join()

    def view() -> None:
        with pytest.raises(RuntimeError):
            closed.submit(size)
        with pytest.raises(ValueError, match="not running"):
            other.apply_async(size)
        with pytest.raises(ValueError, match="not running"):
            other.apply_async(size, callback=double)
        with pytest.raises(ValueError, match="not running"):
            other.map(size, [1])

    with watched() as watch:
        serve(view)
        assert not watch.live


def test_a_terminated_pool_lets_its_work_lie(pool: Any) -> None:
    """What it had not begun is over."""
    gate = context("spawn").Event()
    other = context("spawn").Pool(1, initializer=gate.wait)
    with watched() as watch:
        serve(lambda: other.apply_async(double, (1,), callback=double))
        assert len(watch.live) == 2
        gate.set()
        other.terminate()
        assert not watch.live
        other.join()


def test_a_pools_callback_is_a_task_here(pool: Any) -> None:
    """It runs in a thread of this process; the one that is not given ends it as well."""
    called = threading.Event()

    def back(result: object) -> None:
        size()
        called.set()

    with watched() as watch:
        serve(lambda: pool.apply_async(double, (1,), callback=back))
        assert called.wait(PATIENCE)
        drained(watch)
        (finding,) = watch.findings()
    assert finding.process == os.getpid()
    assert finding.handover is not None
    assert finding.handover.origin.kind == "processpool"


def test_waiting_is_known_in_every_way(executor: ProcessPoolExecutor, pool: Any) -> None:
    """``result``, ``get``, ``next``, ``join`` and ``shutdown`` all mean that the request waits."""
    seen: list[Any] = []

    def view() -> None:
        with ProcessPoolExecutor(1, mp_context=context(QUICK)) as own:
            own.submit(double, 1)
        with context(QUICK).Pool(1) as closed:
            closed.apply_async(double, (1,))
            closed.close()
            closed.join()
        asking = context(QUICK).Process(target=double, args=(1,))
        asking.start()
        asking.join(PATIENCE)

    with watched() as watch:
        booked = watch.recorder.handed_over

        def handed_over(task: Any) -> None:
            booked(task)
            if task.carries_work:
                seen.append(task)

        watch.recorder.handed_over = handed_over  # type: ignore[method-assign]
        serve(view)
        serve(lambda: executor.submit(double, 1).result())
        serve(lambda: pool.apply_async(double, (1,)).get(PATIENCE))
        serve(lambda: list(pool.imap(double, [1, 2])))
        assert len(seen) >= 6
        assert all(task.awaited() for task in seen)
        unheeded = executor.submit(double, 1)
        serve(lambda: executor.submit(double, 1))
        assert not seen[-1].awaited()
        unheeded.result()
        drained(watch)


def test_a_task_keeps_no_process_and_no_result_alive() -> None:
    """A suite may start thousands, each with files of its own."""
    kept: list[Any] = []

    def view() -> None:
        asking = context("spawn").Process(target=double, args=(1,))
        asking.start()
        asking.join(PATIENCE)
        kept.append(weakref.ref(asking))

    with watched() as watch:
        serve(view)
        multiprocessing.active_children()
        gc.collect()
        assert kept[0]() is None
        assert not watch.live


def test_a_closed_process_has_ended() -> None:
    """It can be asked nothing any more."""
    asking = context("spawn").Process(target=double, args=(1,))
    assert processes._gone(asking)
    asking.start()
    asking.join(PATIENCE)
    asking.close()
    assert processes._gone(asking)


@pytest.mark.skipif(not hasattr(os, "waitid"), reason="needs os.waitid")
def test_a_process_that_has_ended_is_left_to_be_waited_for() -> None:
    """Who signals or waits for it by hand still can; who did is believed."""
    asking = context("spawn").Process(target=double, args=(1,))
    asking.start()
    assert not processes._gone(asking)
    os.waitid(os.P_PID, asking.pid, os.WEXITED | os.WNOWAIT)
    assert processes._gone(asking)
    os.kill(asking.pid, signal.SIGTERM)
    assert os.waitpid(asking.pid, 0)[0] == asking.pid
    assert processes._gone(asking)


def test_where_one_cannot_look_the_process_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some systems tell only who takes it away."""
    monkeypatch.delattr(os, "waitid", raising=False)
    asking = context("spawn").Process(target=double, args=(1,))
    asking.start()
    assert not processes._gone(asking)
    asking.join(PATIENCE)
    assert processes._gone(asking)


def test_a_pool_of_threads_is_none_of_processes() -> None:
    """It is a subclass; what it is given stays in this process."""
    with watched() as watch, ThreadPool(1) as threads:
        assert serve(lambda: threads.apply(size)) == "none"
        assert serve(lambda: Pool.apply_async(threads, double, (2,)).get()) == "4"
        assert serve(lambda: Pool.imap(threads, double, [2]).next()) == "4"
        assert {access.origin and access.origin.kind for access in watch.accesses} == {"threadpool"}


@POSIX
def test_a_child_made_by_hand_is_left_alone() -> None:
    """It inherits all of ours, and nothing that it does is told or waited for."""

    def view() -> object:
        child = os.fork()
        if not child:
            answer = 3
            try:
                size()
                threads = ThreadPool(1)
                threads.apply(double, (1,))
                asking = context("fork").Process(target=size)
                asking.start()
                asking.join(PATIENCE)
                answer = 0 if board.children is None else 1
            finally:
                os._exit(answer)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    with watched() as watch:
        with no_book():
            assert serve(view) == "0"
        drained(watch)
        assert not watch.findings()


def test_while_nobody_records_nothing_is_told(executor: ProcessPoolExecutor, pool: Any) -> None:
    """Neither is a pool's work wrapped nor a process given papers."""
    with watched() as watch:
        current, board.current = board.current, None
        try:
            assert executor.submit(size).result(PATIENCE) == "none"
            assert pool.apply(size) == "none"
            asking = context("spawn").Process(target=size)
            asking.start()
            asking.join(PATIENCE)
        finally:
            board.current = current
        drained(watch)
        assert not watch.recorder.handovers


def test_a_probe_that_is_gone_does_nothing(executor: ProcessPoolExecutor, pool: Any) -> None:
    """Its wrappers may still stand where somebody else wrapped them."""
    with watched() as watch:
        own = [probe for each in _installed() for probe in each if probe.name == "processes"]
        for probe in own:
            probe.live = False
        try:
            assert executor.submit(double, 1).result(PATIENCE) == 2
            assert pool.map(double, [1]) == [2]
            with ProcessPoolExecutor(1, mp_context=context("spawn")) as other:
                assert other.submit(double, 1).result(PATIENCE) == 2
        finally:
            for probe in own:
                probe.live = True
        assert not watch.recorder.handovers


def _installed() -> list[list[Any]]:
    from pytest_flaskctx.installation import installed

    return [each.switches.probes for each in installed]


def test_the_folder_goes_with_the_monitor() -> None:
    """Nothing stays in the temporary directory; another monitor has another folder."""
    with no_book():
        with watched() as watch:
            serve(lambda: context("spawn").Process(target=double, args=(1,)).start())
            assert board.children is not None
            folder = board.children.folder
            assert os.path.isdir(folder)
            drained(watch)
            board.children.clear()
        assert not os.path.exists(folder)


def test_two_threads_that_come_at_once_have_one_book(monkeypatch) -> None:
    """What is handed over by the one that comes second is not forgotten."""
    made = []

    class Slow(parent.Book):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args)
            made.append(self)
            if len(made) == 1:
                run_thread(context(QUICK).Process(target=double, args=(1,)).start)

    monkeypatch.setattr(parent, "Book", Slow)
    with no_book(), watched() as watch:
        serve(lambda: context(QUICK).Process(target=double, args=(1,)).start())
        drained(watch)
        assert len(made) == 2
        assert board.children is made[1]


def test_a_process_that_runs_no_tests_is_left_alone(pool: Any, monkeypatch) -> None:
    """One that was forked by hand has all of ours, and nobody would read what its children write."""
    with watched() as watch:
        monkeypatch.setattr(board, "process", -1)
        assert serve(lambda: pool.apply(double, (1,))) == "2"
        asking = context(QUICK).Process(target=double, args=(1,))
        asking.start()
        asking.join(PATIENCE)
        monkeypatch.undo()
        assert not watch.recorder.handovers


class Noting:
    """Papers that only note what is done with them."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def enter(self) -> None:
        self.done.append("enter")

    def leave(self) -> None:
        self.done.append("leave")


def test_a_child_begins_and_ends_with_its_papers() -> None:
    """They are taken from the process, whose own work is done once between the two."""
    papers = Noting()
    process = SimpleNamespace(_pytest_flaskctx_papers=papers)

    def bootstrap(process: Any, sentinel: int) -> int:
        papers.done.append("work")
        assert not vars(process)
        return sentinel

    with watched():
        (probe,) = [each for probes in _installed() for each in probes if each.name == "processes"]
        begin = probe._bootstrap(bootstrap)
        assert begin(process, 5) == 5
        assert papers.done == ["enter", "work", "leave"]
        assert begin(process, sentinel=6) == 6
        assert papers.done == ["enter", "work", "leave", "work"]


def test_work_that_is_done_at_once_is_over() -> None:
    """A pool hides what it makes of chunks behind a generator, and forgets it when it is done."""
    with watched() as watch:
        serve(lambda: hand_over("processpool", sys._getframe(), double, elsewhere=True))
        (task,) = watch.live
        done = iter(())
        assert processes._watched(task, SimpleNamespace(_cache={}), done) is done
        assert task.over()


def test_the_request_is_this_processs_own() -> None:
    """What is read here while children run is right."""
    with watched(mode="strict") as watch:
        assert serve(lambda: request.args["size"]) == "9"
        assert not watch.findings()
