"""Contexts: who owns which, for which request, and whether it is alive."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import pytest
from flask import Flask, copy_current_request_context, request
from flask.globals import app_ctx, request_ctx
from watching import PATIENCE, application, run_thread, serve, watched

from pytest_flaskctx.contexts import (
    ContextRecord,
    bound_context,
    bound_request,
    record_for,
    record_of,
    request_of,
    standing,
)
from pytest_flaskctx.threadstate import here


def test_a_copied_context_is_the_workers_own() -> None:
    """``copy_current_request_context`` pushes in the worker: no access to be looked at."""

    def view() -> str:
        @copy_current_request_context
        def work() -> str:
            return request.path

        return pool.submit(work).result(PATIENCE)

    with watched() as watch, ThreadPoolExecutor(1) as pool:
        assert serve(view) == "/order/tea"
    assert watch.recorder.observed == 0


def test_a_copied_context_is_the_same_request() -> None:
    """What a worker hands on under a copied context is still the view's request."""
    requests: list[object] = []

    def view() -> None:
        requests.append(bound_request(here()))
        run_thread(copy_current_request_context(lambda: requests.append(bound_request(here()))))

    with watched():
        serve(view)
    first, second = requests
    assert first is second is not None


def test_a_context_pushed_outside_any_request_has_none() -> None:
    """An application context by itself is nobody's request."""
    with watched():
        with Flask("shop").app_context() as context:
            record = record_of(context)
            assert record is not None
            assert record.request is None
            assert request_of(context) is None


def test_the_app_context_of_a_request_is_that_requests() -> None:
    """``g`` and ``current_app`` belong to the request that pushed them."""
    with watched(), application(lambda: "").test_request_context("/order/tea"):
        record = record_of(app_ctx._get_current_object())
        assert record is not None
        assert record.request is bound_request(here())


def test_a_request_is_booked_where_it_was_first_pushed() -> None:
    """What a request causes belongs to the test that ran then."""
    app = application(lambda: "")
    with watched() as watch:
        with app.test_request_context("/order/tea") as context:
            found = request_of(context)
        assert found is not None
        assert found.recorder is watch.recorder
        with watched() as inner, context:
            assert request_of(context) is found
            assert found.recorder is not inner.recorder


def test_popping_what_is_unknown_is_nothing() -> None:
    """A context pushed before the probes came is popped without a trace."""
    from pytest_flaskctx.contexts import popped_app

    context = Flask("shop").app_context()
    popped_app(context)
    assert record_of(context) is None


def records() -> tuple[ContextRecord, ContextRecord]:
    """Return what is known of the contexts that are bound: the application's and the request's."""
    found = record_of(app_ctx._get_current_object()), record_of(request_ctx._get_current_object())
    assert found[0] is not None
    assert found[1] is not None
    return found  # type: ignore[return-value]


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


def test_a_watched_context_notes_its_end() -> None:
    """When it was over, and how often its owner had waited by then."""
    context: Any
    with watched():
        for context in (Flask("shop").app_context(), Flask("shop").test_request_context()):
            with context:
                record = record_of(context)
                assert record is not None
                record.watched = True
                context.push()
                context.pop()
                assert record.over_at is None
            assert record.over_at is not None
            assert record.turns == here().turns


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


def test_a_context_that_is_made_of_a_request_is_of_that_request() -> None:
    """Whoever does without ``copy`` shares the request all the same."""
    app = Flask("shop")
    with watched(), app.test_request_context() as context:
        made = type(context)(app, context.request.environ, request=context.request)
        with made:
            first, second = record_of(context), record_of(made)
            assert first is not None
            assert second is not None
            assert first.request is second.request


def test_a_context_without_a_request_gets_a_record_on_demand() -> None:
    """What was handed over before it was pushed is known from then on."""
    with watched():
        context = Flask("shop").app_context()
        record = record_for(context)
        assert (record.depth, record.request) == (0, None)
        assert record_for(context) is record


def test_the_bound_context_is_whoever_pushed_it() -> None:
    """In a thread that inherited it, too; and none where none is bound."""
    found: list[object] = []
    with watched():
        with application(lambda: "").test_request_context("/order/tea") as context:
            here_and_now = contextvars.copy_context()
            run_thread(lambda: here_and_now.run(lambda: found.append(bound_context())))
        run_thread(lambda: found.append(bound_context()))
    assert found == [context, None]


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


def test_what_stands_is_told_from_the_top() -> None:
    """Requests, then applications, each once however often it is pushed, down to the unknown."""
    app = Flask("shop")
    unknown = app.app_context()
    unknown.push()
    unknown._pytest_flaskctx = None  # type: ignore[attr-defined]
    with watched():
        first, second = app.test_request_context(), Flask("bar").app_context()
        first.push()
        first.push()
        second.push()
        stands = [list(each) for each in standing(here())]
        second.pop()
        first.pop()
        first.pop()
        assert [list(each) for each in standing(here())] == [[], []]
    unknown.pop()
    assert stands == [[first], [second]]
