"""Functions of Flask that need a context: their failing calls are accesses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import (
    Flask,
    after_this_request,
    copy_current_request_context,
    stream_with_context,
    url_for,
)
from watching import application, run_thread, serve, watched

CALLS: dict[str, Callable[[], object]] = {
    "after_this_request": lambda: after_this_request(lambda response: response),
    "copy_current_request_context": lambda: copy_current_request_context(int),
    "stream_with_context": lambda: next(stream_with_context(iter("x"))),
    "url_for": lambda: _in_bare_context(),
}


def _in_bare_context() -> None:
    with application(lambda: "").app_context():
        url_for("order", name="tea")


@pytest.mark.parametrize("name", CALLS)
def test_a_failing_call_is_an_access_at_the_users_line(name: str) -> None:
    """The function raises what it always raised, though it was imported before the probes."""

    def swallow() -> None:
        with pytest.raises(RuntimeError) as caught:
            CALLS[name]()
        assert type(caught.value) is RuntimeError

    with watched() as watch:
        serve(lambda: run_thread(swallow))
        (found,) = watch.findings()
    assert (found.proxy, found.file) == (name, "probes/test_functions.py")
    assert found.message.startswith(f"`{name}()` called in a thread without a context")


def test_a_decorated_generator_function_is_seen_too() -> None:
    """``stream_with_context`` on a function asks when the function is called."""

    @stream_with_context
    def rows():  # type: ignore[no-untyped-def]
        yield "x"

    def swallow() -> None:
        with pytest.raises(RuntimeError):
            next(rows())

    with watched() as watch:
        serve(lambda: run_thread(swallow))
        (found,) = watch.findings()
    assert found.proxy == "stream_with_context"


@pytest.mark.parametrize("name", CALLS)
def test_the_thread_of_the_tests_is_at_its_own_risk(name: str) -> None:
    """A call in the test itself is its own affair."""
    with watched() as watch, pytest.raises(RuntimeError):
        CALLS[name]()
    assert not watch.accesses


def test_other_errors_of_these_modules_are_nobodys() -> None:
    """A RuntimeError of Flask's that has nothing to do with a context is passed on unseen."""
    app = Flask("shop", root_path="/nowhere")

    def twice() -> None:
        with pytest.raises(RuntimeError, match=r"push|context|run"):
            raise vars(__import__("flask.ctx").ctx)["RuntimeError"]("run")

    with watched() as watch:
        serve(lambda: run_thread(twice))
    assert not watch.accesses
    assert app.name == "shop"


def test_a_right_call_is_no_access() -> None:
    """Where a request is bound they work, and nothing is recorded."""

    def view() -> str:
        after_this_request(lambda response: response)
        assert copy_current_request_context(int)() == 0
        return url_for("order", name="milk")

    with watched() as watch:
        assert serve(view) == "/order/milk"
    assert not watch.accesses
