"""Requests within a context that the suite holds: whose they are, and where it is held."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask, current_app, g, session, stream_with_context
from watching import Watched, application, serve, watched

from pytest_flaskctx.board import board
from pytest_flaskctx.facts import Incident
from pytest_flaskctx.records import RECORD, record_of
from pytest_flaskctx.running import begin, finish
from pytest_flaskctx.tasks import Task


def noted(watch: Watched) -> list[Incident]:
    """Return what was noted for the run, and for the test where the rule was moved."""
    recorders = (watch.engine.idle.recorder, watch.recorder)
    return [each.incident for recorder in recorders for each in recorder.noted]


def held(watch: Watched) -> list[tuple[str, ...]]:
    """Return what was held, by the words of what was noted."""
    return [incident.words for incident in noted(watch)]


def order(app: Flask) -> None:
    """Have one order served."""
    assert app.test_client().get("/order/tea").text == "ok"


def test_an_application_context_around_a_request_is_noted() -> None:
    """The place is where it was pushed, in the function that did."""
    app = application(lambda: "ok")
    with watched() as watch:
        with app.app_context():
            order(app)
    (incident,) = noted(watch)
    assert incident.words == ("app", "shared")
    first = next(frame for frame in incident.stack if frame.kind == "user")
    assert first.function == "test_an_application_context_around_a_request_is_noted"
    assert (incident.test, incident.request) == ("", None)


def test_a_context_pushed_by_hand_is_noted_until_it_is_popped() -> None:
    """A ``setUp`` may push, and a ``tearDown`` pop."""
    app = application(lambda: "ok")
    with watched() as watch:
        context = app.app_context()
        context.push()
        order(app)
        context.pop()
        order(app)
    assert held(watch) == [("app", "shared")]
    assert watch.engine.idle.recorder.noted[0].count == 1


def test_a_request_context_of_the_suite_is_noted_where_it_was_pushed() -> None:
    """It brings an application context along."""
    app = application(lambda: "ok")
    with watched() as watch, app.test_request_context("/"):
        order(app)
    (incident,) = noted(watch)
    assert incident.words == ("request", "shared")
    first = next(frame for frame in incident.stack if frame.kind == "user")
    assert first.function == "test_a_request_context_of_the_suite_is_noted_where_it_was_pushed"


def test_what_a_client_keeps_is_noted_where_another_one_sends() -> None:
    """The kept context is the first client's; a second request of its own is not within it."""
    app = application(lambda: "ok")
    with watched() as watch, app.test_client() as first:
        first.get("/order/tea")
        first.get("/order/tea")
        assert not noted(watch)
        order(app)
    assert held(watch) == [("client", "shared")]
    (incident,) = noted(watch)
    assert any(frame.function == "order" for frame in incident.stack)


def test_what_a_client_keeps_within_a_context_of_the_suite_is_the_suites() -> None:
    """The client of pytest-flask stands in a block, around which that plugin holds a context."""
    app = application(lambda: "ok")
    with watched() as watch, app.test_request_context("/"), app.test_client() as client:
        client.get("/order/tea")
        client.get("/order/tea")
    assert held(watch) == [("request", "shared")]


def test_each_context_is_noted_once_and_each_place_told_once() -> None:
    """Requests within one context add nothing; another context from there is counted."""
    app = application(lambda: "ok")
    with watched() as watch:
        for _ in range(3):
            with app.app_context():
                order(app)
                order(app)
    (known,) = watch.engine.idle.recorder.noted
    assert known.count == 3


def test_a_rule_that_was_moved_is_noted_for_each_test() -> None:
    """Once a run is for a note only; a context may be held around several tests."""
    app = application(lambda: "ok")
    with watched(rules=(("FCX303", "fail"),)) as watch:
        with app.app_context():
            order(app)
            again = watch.engine.begin(watch.recorder.subject)
            order(app)
            order(app)
        assert [finding.level for finding in watch.findings()] == ["error"]
        assert [finding.count for finding in watch.engine.findings(again, "call")] == [1]
        assert not watch.engine.idle.recorder.noted


def test_a_rule_that_is_off_is_no_affair_of_the_test() -> None:
    """Nothing is judged for a test where nothing can come of it."""
    app = application(lambda: "ok")
    with watched(rules=(("FCX303", "off"),)) as watch:
        with app.app_context():
            order(app)
        assert not watch.recorder.seen
        assert not watch.engine.findings(watch.engine.idle, "late")


def test_a_request_of_a_view_is_within_the_views_own_context() -> None:
    """A view may ask its own application, and push a context to do so."""
    app = Flask("shop")
    app.add_url_rule("/inner", "inner", lambda: "inner")

    def outer() -> str:
        with current_app.app_context():
            return current_app.test_client().get("/inner").text

    app.add_url_rule("/outer", "outer", outer)
    with watched() as watch:
        assert app.test_client().get("/outer").text == "inner"
    assert not noted(watch)


def test_a_context_of_another_application_holds_nothing() -> None:
    """Flask pushes another context for another application."""
    with watched() as watch, Flask("other").app_context():
        assert serve(lambda: g.get("x", "ok")) == "ok"
    assert not noted(watch)


def test_a_request_that_nobody_serves_is_none() -> None:
    """A test may push a request context within an application context: that is no request."""
    app = application(lambda: "ok")
    with watched() as watch, app.app_context(), app.test_request_context("/order/tea"):
        assert app.dispatch_request() == "ok"
    assert not noted(watch)


def test_a_context_of_another_task_holds_nothing() -> None:
    """It was pushed by this thread, and is bound in another task of the loop only."""
    app = application(lambda: "ok")

    async def hold(ready: asyncio.Event, done: asyncio.Event) -> None:
        with app.app_context():
            ready.set()
            await done.wait()

    async def main() -> None:
        ready, done = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(hold(ready, done))
        await ready.wait()
        order(app)
        done.set()
        await task

    with watched() as watch:
        asyncio.run(main())
    assert not noted(watch)


def test_a_context_from_before_the_probes_is_not_known() -> None:
    """What was pushed unseen is left alone."""
    app = application(lambda: "ok")
    with watched() as watch, app.app_context() as context:
        vars(context).pop(RECORD)
        order(app)
        assert record_of(context) is None
    assert not noted(watch)


def test_a_session_transaction_is_no_request() -> None:
    """A test client makes a request context for it, which is gone before the next request."""
    app = application(lambda: session.get("name"))
    client = app.test_client()
    with watched() as watch:
        with client.session_transaction() as changed:
            changed["name"] = "mia"
        assert client.get("/order/tea").text == "mia"
    assert not noted(watch)


def test_a_context_of_a_task_is_no_suites() -> None:
    """A task may push a context and ask the application, in a pool or where it runs at once."""
    app = application(lambda: "ok")

    def work() -> None:
        with app.app_context():
            order(app)

    with watched() as watch:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(work).result()
        task = Task("eager", (), "", None, watch.recorder, None)
        before = begin(task)
        work()
        finish(task, before)
    assert not noted(watch)


def test_a_stream_that_stands_open_is_a_requests() -> None:
    """Its context is pushed until it is read to its end."""
    app = application(str)

    @app.get("/feed")
    def feed() -> Any:
        return app.response_class(stream_with_context(iter("abc")))

    with watched() as watch:
        response = app.test_client().get("/feed", buffered=False)
        stream = iter(response.response)
        next(stream)
        assert serve_again(app) == ""
        response.close()
    assert not noted(watch)


def serve_again(app: Flask) -> str:
    """Return the answer of an application whose page is empty."""
    return app.test_client().get("/order/tea").text


def test_a_context_that_was_left_behind_is_told_as_that() -> None:
    """A later request on it is no news of the suite's."""
    app = application(lambda: "ok")
    with watched() as watch:
        context = app.app_context()
        context.push()
        watch.engine.end(watch.trial)
        again = watch.engine.begin(watch.recorder.subject)
        order(app)
        context.pop()
        watch.engine.end(again)
        assert not again.recorder.noted
    assert {incident.kind for incident in noted(watch)} == {"left-context"}
    (finding,) = watch.engine.findings(watch.trial, "late")
    assert (finding.code, finding.level) == ("FCX301", "error")


def test_a_context_for_several_tests_is_noted_where_it_was_pushed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A fixture of a wider scope holds it, and leaves nothing behind."""
    app = application(lambda: "ok")
    with watched() as watch:
        with monkeypatch.context() as patch:
            patch.setattr(board, "lasting", lambda frame: True)
            context = app.app_context()
            context.push()
        watch.engine.end(watch.trial)
        watch.engine.begin(watch.recorder.subject)
        order(app)
        context.pop()
    (incident,) = noted(watch)
    assert incident.words == ("app", "shared")
    first = next(frame for frame in incident.stack if frame.kind == "user")
    assert first.function == "test_a_context_for_several_tests_is_noted_where_it_was_pushed"


def test_a_test_may_ask_for_it() -> None:
    """``expect`` finds in its block what is told once a run otherwise."""
    from pytest_flaskctx.monitors import Monitor

    app = application(lambda: "ok")
    with watched() as watch:
        monitor = Monitor(watch.engine, watch.trial)
        with monitor.expect("outer-context") as caught:
            with app.app_context():
                order(app)
    (finding,) = caught.findings
    assert (finding.code, finding.level, finding.status) == ("FCX303", "note", "expected")
