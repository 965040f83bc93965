"""Flask's proxies: every use is seen wherever it stands, and answers as ever."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import flask
import pytest
from flask import Flask, current_app, g, request, session
from flask import globals as flask_globals
from flask.globals import app_ctx
from watching import application, run_thread, serve, watched

from pytest_flaskctx.facts import Access
from pytest_flaskctx.flasknames import getter
from pytest_flaskctx.threadstate import here

PROXIES = {
    "request": request,
    "session": session,
    "g": g,
    "current_app": current_app,
    "app_ctx": app_ctx,
}
# One with the other from Flask 3.2 on.
MERGED = "request_ctx" not in vars(flask_globals)
if not MERGED:
    PROXIES["request_ctx"] = flask_globals.request_ctx


def in_thread(function: Callable[[], object], *, served: bool = True) -> Access:
    """Return the one access of ``function`` in a thread."""

    def swallow() -> None:
        # CPython makes a False of what `==` raises.
        with suppress(RuntimeError):
            function()

    with watched() as watch:
        if served:
            serve(lambda: run_thread(swallow))
        else:
            run_thread(swallow)
    (access,) = watch.accesses
    return access


@pytest.mark.parametrize("name", PROXIES)
def test_each_proxy_is_seen_by_its_name(name: str) -> None:
    """A use of any of Flask's proxies in a thread raises as ever and is an access."""

    def use() -> None:
        with pytest.raises(RuntimeError, match="Working outside of"):
            str(PROXIES[name].name)

    access = in_thread(use)
    assert (access.proxy, access.operation, access.extension) == (name, "__getattr__", False)
    assert access.context is None
    assert not access.test_thread
    assert access.stack[0].file == __file__
    assert access.stack[0].function.endswith("use")


OPERATIONS: dict[str, Callable[[], Any]] = {
    "__getattr__": lambda: request.path,
    "__setattr__": lambda: setattr(g, "x", 1),
    "__getitem__": lambda: session["x"],
    "__contains__": lambda: "x" in session,
    "__len__": lambda: len(session),
    "__eq__": lambda: request == 1,
    "__str__": lambda: str(request),
    "get": lambda: request._get_current_object(),
}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_use_tells_what_it_asked(operation: str) -> None:
    """The special method that stands behind a use is known, and the user's frame under it."""
    access = in_thread(OPERATIONS[operation])
    assert access.operation == operation
    user = next(frame for frame in access.stack if frame.kind == "user")
    assert user.file == __file__


@pytest.mark.parametrize("ask", [bool, repr])
def test_a_look_that_never_raises_answers_as_ever(ask: Callable[[object], object]) -> None:
    """``bool`` and ``repr`` have an answer without a context, and it is not ours."""
    expected = {bool: False, repr: "<LocalProxy unbound>"}
    answers: list[object] = []
    with watched() as watch:
        run_thread(lambda: answers.append(ask(request)))
    assert answers == [expected[ask]]
    assert [access.operation for access in watch.accesses] == [f"__{ask.__name__}__"]


def test_the_names_of_flask_are_the_same_objects() -> None:
    """However it was imported, a proxy is one object, and ``flask.request`` is seen too."""
    assert in_thread(lambda: flask.request.path).proxy == "request"


def test_a_thread_outside_any_request_is_judged_too() -> None:
    """A task without a request knows where its thread was started."""
    access = in_thread(lambda: g.x, served=False)
    assert access.origin is not None
    assert access.origin.request is None


def test_a_right_use_is_no_access() -> None:
    """In the thread that pushed the context nothing is recorded at all."""
    with watched() as watch:

        def view() -> str:
            g.name = request.args["size"]
            session["name"] = current_app.name
            return f"{g.name} {session['name']} {bool(request)} {app_ctx.app.name}"

        assert serve(view) == "9 shop True shop"
    assert watch.recorder.observed == 0


@pytest.mark.skipif(MERGED, reason="from Flask 3.2 on an application context hides the request")
def test_an_outer_context_of_the_same_thread_is_no_access() -> None:
    """A context below the innermost one is still this thread's own."""
    outer, inner = Flask("outer"), Flask("inner")
    with watched() as watch:

        def nest() -> None:
            with outer.test_request_context("/a"):
                with inner.app_context():
                    assert request.path == "/a"
                    assert current_app.name == "inner"
                assert current_app.name == "outer"

        run_thread(nest)
    assert watch.recorder.observed == 0


def test_the_thread_of_the_tests_is_at_its_own_risk() -> None:
    """A test that uses a proxy without a context fails by itself, or meant to."""
    with watched() as watch, pytest.raises(RuntimeError, match="Working outside of"):
        str(request.path)
    assert not watch.accesses


def test_a_proxy_whose_getter_was_replaced_after_us_keeps_it() -> None:
    """Somebody else's replacement stays when ours goes, and ours under it is inert."""
    with watched():
        ours = getter(session)

        def theirs() -> Any:
            return ours()

        object.__setattr__(session, "_get_current_object", theirs)
    try:
        assert getter(session) is theirs
        with Flask("shop", static_folder=None).test_request_context():
            assert "x" not in session
    finally:
        object.__setattr__(session, "_get_current_object", ours)


def test_equal_accesses_are_counted() -> None:
    """A loop over one line is one access, seen often."""

    def loop() -> None:
        for _ in range(5):
            with pytest.raises(RuntimeError):
                str(request.path)

    with watched() as watch:
        serve(lambda: run_thread(loop))
    (sighting,) = watch.recorder.sightings
    assert sighting.count == 5


def test_muted_uses_are_part_of_another() -> None:
    """What an extension reads on its way is not told twice."""

    def quiet() -> None:
        here().muted += 1
        with pytest.raises(RuntimeError):
            str(request.path)
        here().muted -= 1

    with watched() as watch:
        serve(lambda: run_thread(quiet))
    assert not watch.accesses


def test_muted_uses_of_a_borrowed_context_are_none() -> None:
    """What is part of another access is not told, whosever context it reads."""
    import contextvars

    def quiet() -> None:
        here().muted += 1
        assert request.path == "/order/tea"
        here().muted -= 1

    def view() -> None:
        context = contextvars.copy_context()
        run_thread(lambda: context.run(quiet))

    with watched() as watch:
        serve(view)
    assert watch.recorder.observed == 0


def test_a_use_of_a_borrowed_context_is_a_fact() -> None:
    """Another thread's context is recorded with whose it is; judging it is somebody else's."""
    import contextvars

    paths: list[str] = []

    def view() -> None:
        context = contextvars.copy_context()
        run_thread(lambda: context.run(lambda: paths.append(request.path)))

    with watched() as watch:
        serve(view)
        assert not watch.findings()
    assert paths == ["/order/tea"]
    (access,) = watch.accesses
    assert access.context is not None
    assert access.context.owner == threading.current_thread().name


def test_answers_are_flasks_own() -> None:
    """What a proxy gives is the very object that Flask bound."""
    app = application(lambda: "")
    with watched(), app.test_request_context("/x") as context:
        assert request._get_current_object() is context.request
        assert current_app._get_current_object() is app
        assert g._get_current_object() is app_ctx._get_current_object().g
