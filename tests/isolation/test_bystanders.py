"""Which threads are nobody's to wait for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

import pytest
from stepping import PATIENCE

from pytest_flaskctx.isolation.bystanders import bystanders

Serve = Callable[[str], threading.Thread]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a thread that waits in a function of a module; it ends when the test is over."""
    stop, threads = threading.Event(), []

    def start(module: str) -> threading.Thread:
        begun = threading.Event()

        def work(begun: Any, stop: Any, patience: float) -> None:
            begun.set()
            stop.wait(patience)

        there = FunctionType(work.__code__, {"__name__": module})
        thread = threading.Thread(target=there, args=(begun, stop, PATIENCE))
        thread.start()
        threads.append(thread)
        assert begun.wait(PATIENCE)
        return thread

    yield start
    stop.set()
    for thread in threads:
        thread.join(PATIENCE)


@pytest.mark.parametrize("module", ["pytest_rerunfailures", "execnet.gateway_base", "xdist.remote"])
def test_what_plugins_serve_by_is_a_bystander(serve: Serve, module: str) -> None:
    """Nothing of the program waits for it."""
    assert serve(module) in bystanders()


@pytest.mark.parametrize("module", ["shop.jobs", "apscheduler.base", "threading"])
def test_any_other_thread_may_be_waited_for(serve: Serve, module: str) -> None:
    """The user's, a library's, and one of which nothing is to be seen but Python's own."""
    assert serve(module) not in bystanders()


def test_who_asks_is_none() -> None:
    """Though pytest stands under it."""
    assert threading.current_thread() not in bystanders()
