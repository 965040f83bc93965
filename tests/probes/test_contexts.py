"""Pushes and pops: noted before and after what Flask itself does, and never in its way."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context, copy_context
from types import ModuleType
from typing import Any

import pytest
from flask import Flask, copy_current_request_context, ctx, current_app
from watching import application, run_thread, serve, watched

from pytest_flaskctx.contexts import request_variables
from pytest_flaskctx.probes import Switchboard
from pytest_flaskctx.probes.contexts import Contexts
from pytest_flaskctx.records import record_of
from pytest_flaskctx.threadstate import here

MERGED = "RequestContext" not in vars(ctx)


def test_a_push_is_noted_and_taken_back_by_its_pop() -> None:
    """The thread knows its innermost context, and the one before it afterwards."""
    app = Flask("shop")
    with watched():
        before = here().app
        with app.app_context() as outer:
            with app.app_context() as inner:
                assert here().app is inner
                record = record_of(inner)
                assert record is not None
                assert record.depth == 1
            assert here().app is outer
            assert record.depth == 0
        assert here().app is before


def test_a_context_pushed_twice_is_over_after_its_last_pop() -> None:
    """A context is alive until as many pops have come as pushes."""
    context = Flask("shop").app_context()
    with watched():
        context.push()
        context.push()
        record = record_of(context)
        assert record is not None
        context.pop()
        assert record.depth == 1
        assert here().app is context
        context.pop()
        assert record.depth == 0


@pytest.mark.parametrize("kind", ["app", "request"])
def test_a_pop_out_of_turn_leaves_what_flask_leaves(kind: str) -> None:
    """A context popped before one that was pushed after it is over, and neither is bound."""
    app = Flask("shop")
    seen: list[tuple[object, int]] = []

    def work() -> None:
        make = app.app_context if kind == "app" else app.test_request_context
        outer, inner = make(), make()
        outer.push()
        inner.push()
        with pytest.raises((AssertionError, RuntimeError), match=r"[Pp]op"):
            outer.pop()
        record = record_of(outer)
        assert record is not None
        seen.append((getattr(here(), kind), record.depth))

    with watched():
        # In a thread of its own: Flask is left with the wrong context on top.
        run_thread(work)
    # Flask 3.2 refuses, and leaves both as they are.
    assert [depth for _, depth in seen] == [int(MERGED)]
    assert MERGED or seen[0][0] is None


def test_teardown_functions_still_run_in_their_context() -> None:
    """During teardown a context is alive, and its proxies are no finding."""
    app = application(lambda: "ok")
    seen: list[object] = []
    app.teardown_request(lambda error: seen.append((current_app.name, here().request is not None)))
    with watched() as watch:
        run_thread(lambda: app.test_client().get("/order/tea"))
    assert seen == [("shop", True)]
    assert not watch.accesses


def test_an_error_of_a_pop_is_passed_on() -> None:
    """A teardown that raises does what it always did, and the context is over all the same."""
    app = Flask("shop")

    @app.teardown_appcontext
    def fail(error: object) -> None:
        raise KeyError("teardown")

    context = app.app_context()
    with watched():
        context.push()
        # Flask 3.2 makes a group of what teardown functions raise.
        with pytest.raises((KeyError, ExceptionGroup), match="teardown"):
            context.pop()
        record = record_of(context)
        assert record is not None
        assert record.depth == 0
        assert here().app is not context


@pytest.mark.parametrize("kind", ["app", "request"])
def test_a_context_pushed_before_the_probes_is_unknown(kind: str) -> None:
    """Its pop is nobody's business, and its accesses are judged right."""
    app = Flask("shop")
    context = app.app_context() if kind == "app" else app.test_request_context()
    with watched() as watch:
        with context:
            vars(context).pop("_pytest_flaskctx")
            assert current_app.name == "shop"
        assert record_of(context) is None
        setattr(here(), kind, None)
    assert not watch.accesses


def test_a_flask_without_a_request_variable_is_watched_all_the_same() -> None:
    """Its contexts are wrapped; where no variable holds requests, none is looked at."""

    class Stub:
        def push(self) -> str:
            return "pushed"

        def pop(self) -> str:
            return "popped"

    module = ModuleType("flask.ctx")
    app_class, request_class = (
        type("A", (Stub,), dict(vars(Stub))),
        type("R", (Stub,), dict(vars(Stub))),
    )
    vars(module).update(AppContext=app_class, RequestContext=request_class)
    probe = Contexts(Switchboard())
    variables = list(request_variables)
    probe.attach(module)
    probe.remove()
    assert request_variables == variables
    assert vars(app_class)["push"] is Stub.push


def test_a_copy_of_a_dead_context_is_a_use() -> None:
    """``copy_current_request_context`` asks the variable itself, and finds what is over."""
    contexts: list[Context] = []
    with watched() as watch:
        serve(lambda: contexts.append(copy_context()))
        copied = run_in(contexts[0], lambda: copy_current_request_context(str))
        assert copied(7) == "7"
        (found,) = watch.findings()
    assert (found.code, found.proxy) == ("FCX201", "copy_current_request_context")
    assert found.message == ("`copy_current_request_context()` called after its request was over")
    assert found.expression == "copy_current_request_context(str)"


def run_in(context: Context, function: Callable[[], Any]) -> Any:
    """Return what ``function`` returns in ``context``, in a thread of its own."""
    found: list[Any] = []
    run_thread(lambda: found.append(context.run(function)))
    return found[0]


def test_a_copy_of_a_living_context_is_none() -> None:
    """The view may copy its own; and whoever copies the object itself was told at the proxy."""
    with watched() as watch:
        serve(lambda: copy_current_request_context(str)(7))
        context = Flask("shop").test_request_context()
        with context:
            pass
        assert context.copy().request is context.request
    assert not watch.accesses


def test_a_removed_probe_notes_no_copy() -> None:
    """A function that somebody kept calls what it wraps, and no more."""
    probe = Contexts(Switchboard())
    probe.live = False
    assert probe._copy(lambda context: context)(7) == 7
