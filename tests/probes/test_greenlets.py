"""Greenlets of gevent, in a process that is not patched: tests/world has the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import copy_current_request_context, current_app, g, request
from watching import application, serve, watched

from pytest_flaskctx.probes import Switchboard, greenlets
from pytest_flaskctx.threadstate import here, mine

gevent: Any = pytest.importorskip("gevent")
pool: Any = pytest.importorskip("gevent.pool")
threadpool: Any = pytest.importorskip("gevent.threadpool")
greenlet: Any = pytest.importorskip("greenlet")


@pytest.fixture(autouse=True)
def _quiet(capsys: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Keep what gevent prints of errors out of the report."""
    yield
    capsys.readouterr()


def path(*_items: object) -> str:
    """Use the request."""
    return str(request.path)


def later(*_items: object) -> str:
    """Use it after another had its turn."""
    gevent.sleep(0)
    return path()


@pytest.mark.parametrize(
    ("start", "expression"),
    [
        (lambda: gevent.spawn(path), "gevent.spawn(path)"),
        (lambda: gevent.spawn(later).join(), "gevent.spawn(later)"),
        (lambda: gevent.spawn_later(0.001, path), "gevent.spawn_later(0.001, path)"),
        (lambda: pool.Pool(1).spawn(path), "pool.Pool(1).spawn(path)"),
        (lambda: threadpool.ThreadPool(1).spawn(path), "threadpool.ThreadPool(1).spawn(path)"),
    ],
)
def test_a_greenlet_is_a_task(start: Callable[[], object], expression: str) -> None:
    """It is waited for, and what it uses is traced to the line that started it."""

    def view() -> str:
        start()
        return "ok"

    with watched() as watch:
        assert serve(view) == "ok"
        watch.drain()
        assert not watch.recorder.live
        (found,) = watch.findings()
    assert (found.code, found.proxy, found.function) == ("FCX101", "request", "path")
    assert found.handover is not None
    assert found.handover.site is not None
    assert (found.handover.origin.kind, found.handover.site.expression) == ("greenlet", expression)


def greet(user: Any = request) -> str:
    """Have a proxy as a default."""
    return "ok" if user == "Ada" else path()


def test_a_default_that_is_replaced() -> None:
    """What a greenlet's function is called with is not known, nor so which defaults count."""

    def view() -> str:
        gevent.spawn(greet, "Ada").join()
        threadpool.ThreadPool(1).spawn(greet, "Ada").get()
        return "ok"

    with watched() as watch:
        assert serve(view) == "ok"
        assert watch.findings() == []


def test_what_gevent_starts_itself_is_on_the_way() -> None:
    """A map has a greenlet of its own that starts one for each item."""

    def view() -> str:
        with pytest.raises(RuntimeError):
            pool.Pool(1).map(path, [1])
        return "ok"

    with watched() as watch:
        assert serve(view) == "ok"
        (found,) = watch.findings()
        assert watch.recorder.handovers == 1
    assert found.request is not None
    assert found.request.endpoint == "order"


def test_each_greenlet_knows_itself() -> None:
    """Its contexts are its own, by the quick way, however they take turns."""
    quick = []

    def work() -> None:
        with app.app_context():
            g.mine = here().token
            gevent.sleep(0)
            assert g.mine == here().token
            quick.append(here().app is not None)
            str(current_app.name)

    def view() -> str:
        g.mine = here().token
        gevent.joinall([gevent.spawn(work) for _ in range(2)])
        assert g.mine == here().token
        quick.append(here().request is not None)
        return path()

    app = application(view)
    with watched() as watch:
        assert app.test_client().get("/order/tea").text == "/order/tea"
        assert watch.findings() == []
    assert quick == [True, True, True]


def test_one_that_is_killed_is_not_waited_for() -> None:
    """Nothing of it will run any more; so it is with one that nobody holds."""

    def view() -> str:
        gevent.spawn_later(100, path).kill(block=False)
        gevent.Greenlet(path)
        return "ok"

    with watched() as watch:
        assert serve(view) == "ok"
        watch.drain()
        assert not watch.recorder.live
        assert not watch.findings()


def test_the_tracer_is_put_back() -> None:
    """Who traced before goes on doing so, during and after; kept, ours only calls theirs."""
    seen: list[str] = []

    def theirs(event: str, _args: object) -> None:
        seen.append(event)

    probe = greenlets.Greenlets(Switchboard())
    before = greenlet.settrace(theirs)
    try:
        probe._trace()
        ours = greenlet.gettrace()
        probe._trace()
        assert greenlet.gettrace() is ours
        ours("else", ())
        probe.remove()
        assert greenlet.gettrace() is theirs
        ours("switch", ())
    finally:
        greenlet.settrace(before)
    assert seen == ["else", "switch"]
    assert probe.live is False


def test_a_tracer_above_ours_stays() -> None:
    """It was put there by somebody else, and calls ours, which does nothing any more."""
    probe = greenlets.Greenlets(Switchboard())
    before = greenlet.settrace(None)
    try:
        probe._trace()
        ours = greenlet.gettrace()

        def theirs(event: str, args: Any) -> None:
            ours(event, args)

        greenlet.settrace(theirs)
        probe.remove()
        assert greenlet.gettrace() is theirs
        theirs("switch", ())
    finally:
        greenlet.settrace(before)


def test_the_pool_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept, our wrapper only calls it; while nobody records, there is no task."""
    spawn = threadpool.ThreadPool.spawn
    board = Switchboard()
    board.install([greenlets.Greenlets])
    board.attach("gevent.threadpool", threadpool)
    kept = threadpool.ThreadPool.spawn
    monkeypatch.setattr("pytest_flaskctx.board.board.current", None)
    assert kept(threadpool.ThreadPool(1), int).get() == 0
    assert gevent.spawn(int).get() == 0
    board.remove()
    assert threadpool.ThreadPool.spawn is spawn
    assert kept(threadpool.ThreadPool(1), int).get() == 0


def test_a_patched_thread_is_known_as_one() -> None:
    """What begins it is a greenlet of gevent's, and no second task."""
    with watched() as watch:
        thread = threading.Thread(target=path)
        gevent.spawn(thread._bootstrap).kill(block=False)  # type: ignore[attr-defined]
        assert watch.recorder.handovers == 0


def test_what_is_known_goes_along() -> None:
    """Called by hand, for no debugger and no measure of coverage follows greenlet's own call."""

    class Side:
        pass

    one, other = Side(), Side()
    probe = greenlets.Greenlets(Switchboard())
    before = greenlet.settrace(None)
    try:
        probe._trace()
        ours = greenlet.gettrace()
        state = here()
        ours("switch", (one, other))
        fresh = here()
        assert fresh is not state
        ours("throw", (other, one))
        assert here() is state
        ours("switch", (one, other))
        assert here() is fresh
        assert fresh.turns == 2
        ours("switch", (other, one))
        assert here() is state
        vars(mine).pop("state")
        ours("switch", (one, other))
        assert here() is fresh
    finally:
        mine.state = state
        probe.remove()
        greenlet.settrace(before)


def test_where_threads_are_greenlets_nothing_is_carried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is local to a thread is local to a greenlet there; a switch is still a wait."""
    monkeypatch.setattr(greenlets, "_SHARED", False)
    probe = greenlets.Greenlets(Switchboard())
    state, turns = here(), here().turns
    probe._follow(object(), object())
    assert here() is state
    assert state.turns == turns + 1
    state.turns = turns


@pytest.mark.parametrize(
    ("hand", "codes"),
    [
        (lambda work: gevent.spawn(work), ["FCX204"]),
        (lambda work: gevent.spawn(work).join(), []),
        (lambda work: gevent.joinall([gevent.spawn(work)]), []),
        (lambda work: pool.Pool(1).spawn(work), ["FCX204"]),
        (lambda work: pool.Pool(1).map(work, [1]), []),
        (lambda work: threadpool.ThreadPool(1).spawn(work), []),
        (lambda work: threadpool.ThreadPool(1).spawn(work).get(), []),
    ],
)
def test_a_greenlet_outlives_a_request_that_never_lets_it_run(
    hand: Callable[[Any], object], codes: list[str]
) -> None:
    """Of what a pool's threads do it is not known who waits."""
    with watched() as watch:
        serve(lambda: hand(copy_current_request_context(lambda *_: None)))
        watch.drain()
        assert [finding.code for finding in watch.findings()] == codes
