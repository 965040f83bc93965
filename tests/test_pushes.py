"""Pushes, pops and copies: what each leaves on the records of contexts."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from typing import Any

import pytest
from flask import Flask
from flask.globals import app_ctx, request_ctx
from watching import application, run_thread, watched

from pytest_flaskctx.contexts import record_for
from pytest_flaskctx.pushes import popped_app
from pytest_flaskctx.records import ContextRecord, record_of
from pytest_flaskctx.threadstate import here


def records() -> tuple[ContextRecord, ContextRecord]:
    """Return what is known of the contexts that are bound: the application's and the request's."""
    found = record_of(app_ctx._get_current_object()), record_of(request_ctx._get_current_object())
    assert found[0] is not None
    assert found[1] is not None
    return found  # type: ignore[return-value]


def test_popping_what_is_unknown_is_nothing() -> None:
    """A context pushed before the probes came is popped without a trace."""
    context = Flask("shop").app_context()
    popped_app(context)
    assert record_of(context) is None


def test_what_a_client_keeps_for_the_test_is_over() -> None:
    """Pushed again when its request was over, a context is alive for the test's body alone."""
    during: list[tuple[ContextRecord, ContextRecord]] = []
    with watched(), application(lambda: during.append(records())).test_client() as client:
        client.get("/order/tea")
        kept = records()
        assert kept == during[0]
        assert [(record.depth, record.kept, record.over) for record in kept] == [
            (1, True, True)
        ] * 2
    assert not kept[1].depth


def test_what_anybody_else_pushes_again_is_not_over() -> None:
    """A context may be pushed as often as its owner likes."""
    context = Flask("shop").test_request_context()
    with watched():
        with context:
            pass
        with context:
            assert [(record.kept, record.over) for record in records()] == [(False, False)] * 2


@pytest.mark.parametrize("kind", ["app_context", "test_request_context"])
def test_what_is_pushed_again_has_not_ended(kind: str) -> None:
    """Where its end was noted, that was not the last."""
    context = getattr(Flask("shop"), kind)()
    with watched():
        for watches in (False, True):
            with context:
                own = record_of(context)
                assert own is not None
                own.watched = watches
            assert bool(own.ended) is watches
        with context:
            assert (own.ended, own.turns) == (0, None)
        assert own.ended


def test_a_copy_knows_that_it_is_one_and_its_request_the_original() -> None:
    """Copies share the request; the original is the one whose end is the request's."""
    with watched(), application(lambda: "").test_request_context("/order/tea") as context:
        copy = context.copy()
        again = copy.copy()
        original = record_of(context)
        assert original is not None
        assert original.request is not None
        assert original.request.original is original
        assert [record_for(each).copied for each in (context, copy, again)] == [False, True, True]


def test_a_copy_of_what_is_unknown_is_a_copy() -> None:
    """A context pushed before the probes came may be copied all the same."""
    with watched():
        copied = record_of(Flask("shop").test_request_context().copy())
        assert copied is not None
        assert (copied.copied, copied.request, copied.depth) == (True, None, 0)


@pytest.mark.parametrize("kind", ["app_context", "test_request_context"])
def test_a_pop_shows_what_is_bound_below(kind: str) -> None:
    """A context whose coroutine is over does not come back with the pop of a later one."""
    make: Callable[[], Any] = getattr(Flask("shop"), kind)
    with watched():
        with make() as context:
            assert context in (here().app, here().request)
            copy_context().run(make().push)
            assert context not in (here().app, here().request)
        assert (here().app, here().request) == (None, None)
        copy_context().run(make().push)
        with make() as context:
            assert context in (here().app, here().request)
        assert (here().app, here().request) == (None, None)


@pytest.mark.parametrize("kind", ["app_context", "test_request_context"])
def test_a_context_that_is_over_does_not_come_back(kind: str) -> None:
    """A coroutine's copy still has what was popped meanwhile; its own pop does not revive that."""
    make: Callable[[], Any] = getattr(Flask("shop"), kind)
    with watched():
        outer, inner = make(), make()
        outer.push()
        copied = copy_context()
        copied.run(inner.push)
        outer.pop()
        copied.run(inner.pop)
        assert (here().app, here().request) == (None, None)


def test_a_context_of_another_thread_is_not_this_ones() -> None:
    """What came along with a copied context, and what is over, this thread did not push."""
    app = Flask("shop")
    with watched() as test, app.app_context() as outer:
        copied = copy_context()
        assert here().app is outer

        def work() -> None:
            copied.run(under)

        def under() -> None:
            here().app = outer
            with app.test_request_context():
                pass
            found.append(here().app)

        found: list[Any] = []
        run_thread(work)
    assert found == [None]
    assert not test.recorder.noted
