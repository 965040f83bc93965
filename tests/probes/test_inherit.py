"""Threads that inherit contexts: only on demand, and none that was made with its own."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextvars import Context, ContextVar
from functools import partial

import pytest
from flask import Flask, current_app, request
from watching import PATIENCE, Watched, run_thread, serve, watched

from pytest_flaskctx.board import board
from pytest_flaskctx.probes import Switchboard
from pytest_flaskctx.probes.inherit import Inherit

COLOR: ContextVar[str] = ContextVar("color", default="none")


@pytest.fixture
def inheriting() -> Iterator[Watched]:
    """A test of an engine under which threads inherit."""
    with watched(inherit=True) as watch:
        yield watch


def color_in(thread_class: type[threading.Thread] = threading.Thread) -> str:
    """Return what a thread of this class finds in the variable."""
    found: list[str] = []
    thread = thread_class(target=lambda: found.append(COLOR.get()))
    thread.start()
    thread.join(PATIENCE)
    return found[0]


@pytest.fixture
def _red() -> Iterator[None]:
    token = COLOR.set("red")
    yield
    COLOR.reset(token)


@pytest.mark.usefixtures("inheriting", "_red")
def test_a_thread_starts_with_a_copy() -> None:
    """It finds what its starter has, and what it changes stays its own."""
    assert color_in() == "red"
    run_thread(lambda: COLOR.set("blue"))
    assert COLOR.get() == "red"


@pytest.mark.usefixtures("_red")
@pytest.mark.skipif(
    bool(getattr(sys.flags, "thread_inherit_context", 0)), reason="this Python inherits by itself"
)
def test_nothing_is_inherited_unless_asked_for() -> None:
    """Without the option a thread starts empty, also after it was in force."""
    with watched():
        assert color_in() == "none"
    with watched(inherit=True):
        assert board.inherits
    assert not board.inherits
    assert color_in() == "none"


class Made(threading.Thread):
    """A thread that keeps a context of its own, as any does from Python 3.14 on."""

    _context: Context | None = None

    def __init__(self, target: object) -> None:
        super().__init__(target=target)  # type: ignore[arg-type]
        self.__dict__["_context"] = self.given()

    def given(self) -> Context | None:
        """Return the context that it is made with."""
        return None

    def run(self) -> None:
        """Run in it, whatever this Python does."""
        assert self._context is not None
        self._context.copy().run(super().run)


class MadeWithOne(Made):
    """One that was made with an empty context."""

    def given(self) -> Context:
        """Return an empty one."""
        return Context()


@pytest.mark.usefixtures("inheriting", "_red")
def test_the_context_that_a_thread_was_made_with_is_respected() -> None:
    """From Python 3.14 on it may be given; where it is not, it is the starter's."""
    assert color_in(Made) == "red"
    assert color_in(MadeWithOne) == "none"


def test_a_threads_first_steps_are_taken_in_its_context() -> None:
    """Once: a thread that has none is as ever."""
    probe = Inherit(Switchboard())
    thread = threading.Thread(target=int)
    context = Context()
    context.run(COLOR.set, "green")
    found: list[str] = []
    begin = probe._inner(lambda thread: found.append(COLOR.get()))
    vars(thread)["_pytest_flaskctx_context"] = context
    begin(thread)
    begin(thread)
    assert found == ["green", "none"]


@pytest.mark.usefixtures("_red")
def test_a_probe_that_is_off_lets_threads_be() -> None:
    """Switched off by an error of ours, it changes nothing any more."""
    probe = Inherit(Switchboard())
    probe.install()
    probe.live = False
    try:
        assert (color_in() == "red") is bool(getattr(sys.flags, "thread_inherit_context", 0))
    finally:
        probe.remove()


def test_another_requests_context_is_foreign(inheriting: Watched) -> None:
    """A worker started in one request reads that request in a task of the next one."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        serve(lambda: pool.submit(lambda: request.path).result(PATIENCE))
        serve(lambda: pool.submit(lambda: request.path).result(PATIENCE))
    (finding,) = inheriting.findings()
    assert finding.code == "FCX202"
    assert finding.message == (
        "`request` in a task of GET /order/<name> reads the context of another GET /order/<name>"
    )
    assert finding.handover is not None
    assert finding.started is not None
    assert finding.started.origin.kind == "thread"


def test_what_a_tasks_own_threads_inherit_is_foreign(inheriting: Watched) -> None:
    """They work for the request of the task that started them, though nobody handed them that."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:

        def nested() -> None:
            run_thread(partial(run_thread, lambda: request.path))

        def alice() -> None:
            pool.submit(int).result(PATIENCE)
            # While Alice waits for whatever it is.
            serve(lambda: pool.submit(nested).result(PATIENCE))

        run_thread(partial(serve, alice))
    (finding,) = inheriting.findings()
    assert finding.code == "FCX202"
    assert finding.context is not None
    assert not finding.context.over


def test_what_the_suite_holds_is_borrowed(inheriting: Watched) -> None:
    """A thread of a test that reads an application context of the suite's is no request's."""
    read: list[str] = []
    with Flask("shop").app_context():
        thread = threading.Thread(target=lambda: read.append(current_app.name))
        thread.start()
        # Waited for by no way that is known: see FCX207.
        while not read:
            pass
    (finding,) = inheriting.findings()
    assert (finding.code, finding.level) == ("FCX207", "warning")
    assert finding.context is not None
    assert finding.context.request is None
    thread.join(PATIENCE)
