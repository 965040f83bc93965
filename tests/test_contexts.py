"""Contexts: who owns which, for which request, and whether it is alive."""

from __future__ import annotations

import contextvars
from concurrent.futures import ThreadPoolExecutor

from flask import Flask, copy_current_request_context, request
from flask.globals import app_ctx
from watching import PATIENCE, application, run_thread, serve, watched

from pytest_flaskctx.contexts import bound_context, bound_request, record_for, request_of, standing
from pytest_flaskctx.records import record_of
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
