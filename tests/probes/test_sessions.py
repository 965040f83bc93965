"""Saves of sessions: seen with each response, whoever saves, and never in the way."""

from __future__ import annotations

import contextvars
import copy
import gc
import pickle
import re
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest
from flask import (
    Flask,
    Response,
    copy_current_request_context,
    current_app,
    flash,
    get_flashed_messages,
    request_finished,
    session,
    stream_with_context,
)
from flask.sessions import SecureCookieSessionInterface, SessionInterface, SessionMixin
from watching import PATIENCE, Watched, application, run_thread, watched
from werkzeug.datastructures import CallbackDict

from pytest_flaskctx.facts import Incident
from pytest_flaskctx.probes import Switchboard
from pytest_flaskctx.probes.saved import MAX_WRITES, Saved, Write, saved, saved_of
from pytest_flaskctx.probes.sessions import Sessions
from pytest_flaskctx.records import record_of
from pytest_flaskctx.workloads import Subject, Workload


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """A pool whose work a test lets go on when the response is there."""
    with ThreadPoolExecutor(1) as made:
        yield made


class Late:
    """Work that a request hands over in a copied context, done when its response is there.

    Args:
        pool: which does it.
        work: what is done.
    """

    def __init__(self, pool: ThreadPoolExecutor, work: Callable[[], object]) -> None:
        self.pool = pool
        self.work = work
        self.sent = threading.Event()

    def __call__(self) -> str:
        """The view."""

        @copy_current_request_context
        def work() -> None:
            assert self.sent.wait(PATIENCE)
            self.work()

        self.pool.submit(work)
        return "ok"


def lost(watch: Watched) -> list[Incident]:
    """Return what was noted of sessions by now: most tasks here outlive their request as well."""
    incidents = [each.incident for each in watch.recorder.noted]
    return [each for each in incidents if each.kind == "lost-session-write"]


def noted(watch: Watched) -> list[Incident]:
    """Drain, and return what was noted."""
    watch.drain()
    return lost(watch)


def real(proxy: Any) -> Any:
    """Return the object behind a proxy."""
    return proxy._get_current_object()


def words(watch: Watched) -> list[tuple[str, ...]]:
    """Drain, and return the words of what was noted."""
    return [incident.words for incident in noted(watch)]


def leak(
    pool: ThreadPoolExecutor,
    work: Callable[[], object],
    *,
    before: Callable[[], object] = lambda: None,
    interface: SessionInterface | None = None,
) -> list[Incident]:
    """Serve a request that saves what ``before`` did, then let its task do ``work``."""
    late = Late(pool, work)

    def view() -> str:
        before()
        return late()

    app = application(view)
    app.session_interface = interface or app.session_interface
    with watched() as watch:
        assert app.test_client().get("/order/tea").text == "ok"
        late.sent.set()
        return noted(watch)


def write(key: str, value: object = 1) -> Callable[[], object]:
    """Return what writes a key."""
    return lambda: session.__setitem__(key, value)


def teardown(work: Callable[[], object], before: Callable[[], object] = lambda: "ok") -> Flask:
    """Return an app that does ``work`` when it tears a request down."""
    app = application(before)
    app.teardown_request(lambda error: work() and None)
    return app


def test_a_tasks_write_is_noted_with_its_line_and_its_task(pool: ThreadPoolExecutor) -> None:
    """Line, thread, hand-over, request and key are known; the value is not."""

    def work() -> None:
        session["card"] = "4111-1111"

    (incident,) = leak(pool, work)
    assert incident.words == ("task", "set", "'card'")
    assert next(frame.function for frame in incident.stack if frame.kind == "user").endswith("work")
    assert incident.origin is not None
    assert incident.origin.kind == "submit"
    assert incident.request is not None
    assert incident.request.endpoint == "order"
    assert incident.thread.startswith("ThreadPool")
    assert "4111" not in repr(incident)


def test_a_change_unseen_is_found_where_it_was_handed_over(pool: ThreadPoolExecutor) -> None:
    """A method of the user's own that only passes on to ``submit`` is not the place."""

    class Bakery:
        def submit(self, work: Callable[[], object]) -> None:
            pool.submit(work)

    sent = threading.Event()

    def bake() -> None:
        assert sent.wait(PATIENCE)
        session["cart"].append(2)

    def view() -> None:
        session["cart"] = [1]
        Bakery().submit(copy_current_request_context(bake))

    with watched() as watch:
        application(view).test_client().get("/order/tea")
        sent.set()
        watch.drain()
        (found,) = watch.findings()
    assert found.handover is not None
    assert found.site == found.handover.site
    assert found.expression == "Bakery().submit(copy_current_request_context(bake))"


def update() -> None:
    """Change two keys and remove a third."""
    session.update(a=2, b=2)
    del session["c"]


@pytest.mark.parametrize(
    ("work", "told"),
    [
        (write("a", 2), [("changed", "'a'")]),
        (lambda: session.pop("a"), [("removed", "'a'")]),
        (lambda: session.popitem(), [("removed", "'cart'")]),
        (lambda: session.setdefault("new", 1), [("set", "'new'")]),
        (lambda: session.clear(), [("removed", "'a'", "'b'", "'c'", "'cart'")]),
        (lambda: session.update(a=2, new=1), [("changed", "'a'", "'new'")]),
        (update, [("changed", "'a'", "'b'"), ("removed", "'c'")]),
        (lambda: session["cart"].append(1), [("changed in place", "'cart'")]),
        (lambda: session["cart"][0].update(n=2), [("changed in place", "'cart'")]),
        (lambda: setattr(session, "permanent", True), [("set", "'_permanent'")]),
        (lambda: flash("done"), [("set", "'_flashes'")]),
    ],
)
def test_each_way_to_change_it(
    pool: ThreadPoolExecutor, work: Callable[[], object], told: list[tuple[str, ...]]
) -> None:
    """However the session is changed, the keys are told, and what became of them."""
    before = lambda: session.update(a=1, b=1, c=1, cart=[{"n": 1}])  # noqa: E731
    found = leak(pool, work, before=before)
    assert [incident.words[1:] for incident in found] == told


@pytest.mark.parametrize(
    "work",
    [
        lambda: session["a"],
        lambda: session.get("x"),
        lambda: session.pop("x", None),
        lambda: session.setdefault("a", 5),
        lambda: session.__setitem__("a", 1),
        lambda: session.__setitem__("cart", [1]),
        lambda: sorted(session["cart"]),
        lambda: (session.__setitem__("busy", 1), session.pop("busy")),
        lambda: (session["cart"].append(2), session["cart"].pop()),
    ],
)
def test_what_leaves_it_as_it_was_is_right(
    pool: ThreadPoolExecutor, work: Callable[[], object]
) -> None:
    """Reading, writing what stood there, and changing back lose nothing."""
    assert not leak(pool, work, before=lambda: session.update(a=1, cart=[1]))


def test_keys_are_shortened_and_never_asked_for_their_words(pool: ThreadPoolExecutor) -> None:
    """A long key is cut, and one that is no text is told by its type."""

    class Key:
        def __repr__(self) -> str:
            raise AssertionError("asked")

    found = leak(pool, lambda: session.update({"k" * 99: 1, Key(): 1, 7: 1}))  # type: ignore[dict-item]
    (incident,) = found
    cut, other, number = incident.words[2:]
    assert (len(cut), cut[-3:]) == (60, "...")
    assert (other, number) == ("<Key>", "7")


def test_lines_of_one_task_are_told_apart_and_a_loop_once(pool: ThreadPoolExecutor) -> None:
    """Each line that wrote is one; a progress written in a loop is one as well."""

    def work() -> None:
        for percent in range(50):
            session["progress"] = percent
        session["done"] = True

    assert [incident.words[2] for incident in leak(pool, work)] == ["'progress'", "'done'"]


def test_writes_without_end_are_kept_up_to_a_bound(pool: ThreadPoolExecutor) -> None:
    """Keys that a loop makes up do not fill the memory."""

    def work() -> None:
        for number in range(MAX_WRITES + 20):
            session[f"job-{number}"] = number

    assert len(leak(pool, work)) == MAX_WRITES


def test_what_is_written_before_the_save_is_right(pool: ThreadPoolExecutor) -> None:
    """A task that the view waits for writes in time, and so do the functions after a request."""

    def view() -> str:
        pool.submit(copy_current_request_context(write("x"))).result(PATIENCE)
        session["cart"] = [1]
        return "ok"

    app = application(view)

    @app.after_request
    def count(response: Response) -> Response:
        session["count"] = 1
        session["cart"].append(2)
        return response

    with watched() as watch:
        client = app.test_client()
        client.get("/order/tea")
        client.get("/order/tea")
        assert not words(watch)
        with client.session_transaction() as content:
            assert content == {"x": 1, "count": 1, "cart": [1, 2]}
            content["cart"].append(3)
        content["x"] = 2
        assert not words(watch)


@pytest.mark.parametrize(
    ("work", "how"),
    [
        (write("n"), "set"),
        (lambda: session["cart"].append(2), "changed in place"),
    ],
)
def test_a_teardown_function_comes_too_late(work: Callable[[], object], how: str) -> None:
    """It runs in the request's own thread, when the session is saved."""
    app = teardown(work, lambda: session.update(cart=[1]))
    with watched() as watch:
        app.test_client().get("/order/tea")
        (incident,) = noted(watch)
    assert incident.words[:2] == ("request", how)
    assert incident.origin is None
    assert incident.request is not None
    assert incident.request.rule == "/order/<name>"


def test_a_streamed_response_comes_too_late() -> None:
    """Its headers are made when its generator begins."""

    def rows() -> Iterator[str]:
        yield "a"
        session["rows"] = 1
        session["cart"].append(2)

    app = Flask("shop")
    app.secret_key = "x"

    @app.get("/")
    def export() -> Response:
        session["cart"] = [1]
        return Response(stream_with_context(rows()))

    with watched() as watch:
        assert app.test_client().get("/").text == "a"
        assert words(watch) == [
            ("request", "set", "'rows'"),
            ("request", "changed in place", "'cart'"),
        ]


def test_what_is_done_when_the_response_is_closed_comes_too_late() -> None:
    """The test closes the response, but Werkzeug calls the app's function."""

    def view() -> Response:
        response = Response("ok")
        response.call_on_close(copy_current_request_context(write("closed")))
        return response

    app = Flask("shop")
    app.secret_key = "x"
    app.add_url_rule("/", view_func=view, endpoint="view")
    with watched() as watch:
        app.test_client().get("/").close()
        assert words(watch) == [("request", "set", "'closed'")]


def test_a_signal_after_the_request_comes_too_late() -> None:
    """``request_finished`` is sent with the finished response."""
    app = application(lambda: "ok")

    def note(sender: object, **kwargs: object) -> None:
        session["finished"] = 1

    with watched() as watch, request_finished.connected_to(note, app):
        app.test_client().get("/order/tea")
        assert words(watch) == [("request", "set", "'finished'")]


def test_the_bodys_own_changes_are_right() -> None:
    """On a preserved client the test pops messages, writes and removes as it likes."""

    def view() -> str:
        session.update(cart=[1], a=1, b=1)
        flash("hello")
        return "ok"

    app = application(view)
    with watched() as watch:
        with app.test_client() as client:
            client.get("/order/tea")
            assert get_flashed_messages() == ["hello"]
            session["a"] = 2
            session["new"] = 3
            del session["b"]
            session["cart"].append(2)
        assert not words(watch)


def test_a_preserved_client_hides_no_teardown_function() -> None:
    """It runs once with the request and, at the client's end, once more: that is no news."""

    def count() -> None:
        session["n"] = session.get("n", 0) + 1

    app = teardown(count, lambda: session.update(a=1))
    with watched() as watch:
        with app.test_client() as client:
            client.get("/order/tea")
            session["a"] = 2
        (incident,) = noted(watch)
    assert incident.words == ("request", "set", "'n'")
    assert watch.recorder.seen == 1


def test_a_preserved_client_hides_no_streamed_response() -> None:
    """The body reads it, but the app's generator writes."""

    def rows() -> Iterator[str]:
        yield "a"
        session["rows"] = 1

    app = Flask("shop")
    app.secret_key = "x"
    app.add_url_rule("/", view_func=lambda: Response(stream_with_context(rows())), endpoint="view")
    with watched() as watch:
        with app.test_client() as client:
            assert client.get("/").text == "a"
            session["rows"] = 2
        assert words(watch) == [("request", "set", "'rows'")]


def test_a_preserved_client_hides_nothing_that_is_done_at_the_close() -> None:
    """The body closes the response, but Werkzeug calls the app's function."""

    def view() -> Response:
        response = Response("ok")
        response.call_on_close(write("closed"))
        return response

    app = Flask("shop")
    app.secret_key = "x"
    app.add_url_rule("/", view_func=view, endpoint="view")
    with watched() as watch:
        with app.test_client() as client:
            client.get("/").close()
        assert words(watch) == [("request", "set", "'closed'")]


def test_what_the_body_changes_in_place_is_no_tasks(pool: ThreadPoolExecutor) -> None:
    """On a preserved client nobody can tell which of them it was."""
    late = Late(pool, lambda: None)

    def view() -> str:
        session["cart"] = [1]
        return late()

    with watched() as watch:
        with application(view).test_client() as client:
            client.get("/order/tea")
            session["cart"].append(2)
            late.sent.set()
            watch.drain()
        assert not words(watch)


def test_a_tasks_write_is_found_beside_the_bodys(pool: ThreadPoolExecutor) -> None:
    """What the body does on a preserved client hides nothing that a task does."""
    late = Late(pool, write("x"))

    def view() -> str:
        flash("hello")
        return late()

    with watched() as watch:
        with application(view).test_client() as client:
            client.get("/order/tea")
            get_flashed_messages()
            late.sent.set()
            watch.drain()
        assert words(watch) == [("task", "set", "'x'")]


def test_a_preserved_client_in_a_thread_is_right() -> None:
    """A body may run in a thread of its own."""
    app = application(lambda: flash("hello"))

    def visit() -> None:
        with app.test_client() as client:
            client.get("/order/tea")
            assert get_flashed_messages() == ["hello"]

    with watched() as watch:
        run_thread(visit)
        assert not words(watch)


def test_a_response_that_the_test_makes_itself_is_right() -> None:
    """A body that processes a response by hand may go on with its context."""
    app = application(lambda: "ok")
    with watched() as watch:
        with app.test_request_context("/order/tea"):
            app.process_response(Response("ok"))
            session["x"] = 1
            app.process_response(Response("ok"))
            session["cart"] = [1]
            session["cart"].append(2)
        assert not words(watch)


def test_a_visitor_in_a_thread_has_a_request_of_its_own() -> None:
    """A thread that only visits the app is no task of the request, whose teardown it runs."""
    app = teardown(write("n"))
    with watched() as watch:
        run_thread(lambda: app.test_client().get("/order/tea"))
        (incident,) = noted(watch)
    assert incident.words[0] == "request"
    assert incident.origin is None


def test_a_request_within_a_task_is_no_part_of_the_outer_one(pool: ThreadPoolExecutor) -> None:
    """The teardown of an inner request is the inner request's."""
    inner = teardown(write("n"))

    def view() -> str:
        return pool.submit(lambda: inner.test_client().get("/order/tea").text).result(PATIENCE)

    with watched() as watch:
        application(view).test_client().get("/order/tea")
        (incident,) = noted(watch)
    assert incident.words[0] == "request"
    assert incident.origin is None


def test_a_copy_of_all_context_variables_writes_too(pool: ThreadPoolExecutor) -> None:
    """A context that came with ``contextvars.copy_context()`` was not pushed by its thread."""
    sent = threading.Event()

    def work() -> None:
        assert sent.wait(PATIENCE)
        session["x"] = 1

    app = application(lambda: pool.submit(contextvars.copy_context().run, work) and "ok")
    with watched() as watch:
        app.test_client().get("/order/tea")
        sent.set()
        (incident,) = noted(watch)
    assert incident.words == ("task", "set", "'x'")
    assert incident.request is not None


def test_a_thread_of_nobodys_may_write_too() -> None:
    """A worker that is fed by a queue is no task, and its write is lost all the same."""
    jobs: list[Callable[[], object]] = []
    app = application(lambda: jobs.append(copy_current_request_context(write("x"))))
    other = application(lambda: run_thread(jobs[0]))
    with watched() as watch:
        app.test_client().get("/order/tea")
        run_thread(jobs[0])
        (incident,) = noted(watch)
        assert incident.words == ("task", "set", "'x'")
        assert incident.origin is None
    jobs.clear()
    with watched() as watch:
        app.test_client().get("/order/tea")
        other.test_client().get("/order/tea")
        (incident,) = noted(watch)
        # The start of a thread while another request is served hands nothing of this one over.
        assert incident.origin is None


def test_a_save_that_the_program_asks_for_counts(pool: ThreadPoolExecutor) -> None:
    """What is saved once more is not lost: that is how a task may keep it, given a store."""

    def work() -> None:
        session["x"] = 1
        session["cart"].append(2)
        app: Any = current_app
        app.session_interface.save_session(app, real(session), Response())

    assert not leak(pool, work, before=lambda: session.update(cart=[1]))

    def once_more() -> None:
        work()
        session["y"] = 1

    (incident,) = leak(pool, once_more, before=lambda: session.update(cart=[1]))
    assert incident.words == ("task", "set", "'y'")


def test_an_app_that_changes_the_session_after_its_save() -> None:
    """Who overrides ``process_response`` may write before, or save again, and else loses it."""

    class Shop(Flask):
        again = False

        def process_response(self, response: Response) -> Response:
            session["before"] = 1
            response = super().process_response(response)
            session["after"] = 1
            if self.again:
                self.session_interface.save_session(self, real(session), response)
            return response

    app = Shop("shop")
    app.secret_key = "x"
    app.add_url_rule("/", "index", lambda: "ok")
    with watched() as watch:
        app.test_client().get("/")
        assert words(watch) == [("request", "set", "'after'")]
        app.again = True
    with watched() as watch:
        app.test_client().get("/")
        assert not words(watch)


class Plain(dict[str, Any], SessionMixin):
    """A session as Flask's documentation proposes it: it tells nobody of its changes."""


class Store(SecureCookieSessionInterface):
    """Keeps sessions as plain dictionaries; a custom interface derived from another."""

    def open_session(self, app: Flask, request: Any) -> Any:
        return Plain()

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        self.kept = dict(session)


def test_a_session_without_a_hook_is_compared(pool: ThreadPoolExecutor) -> None:
    """A plain dictionary tells of nothing: what a task changed is seen when it ends."""
    (incident,) = leak(pool, write("x"), interface=Store())
    assert incident.words == ("task", "set", "'x'")
    assert incident.origin is not None
    assert incident.stack == incident.origin.stack

    def work() -> None:
        session["x"] = 1
        app: Any = current_app
        app.session_interface.save_session(app, real(session), Response())

    assert not leak(pool, work, interface=Store())


class Tracking(Plain):
    """A session with a method of the hook's name, which is called in its own way."""

    def __setitem__(self, key: str, value: Any) -> None:
        super().__setitem__(key, value)
        self.on_update(key, value=value)

    def on_update(self, key: str, *, value: Any) -> None:
        """Write down what is changed."""
        vars(self).setdefault("changes", []).append((key, value))


def test_a_session_keeps_a_method_of_the_hooks_name(pool: ThreadPoolExecutor) -> None:
    """What is changed in such a one is found by comparing."""
    sessions: list[Tracking] = []

    class Tracked(Store):
        def open_session(self, app: Flask, request: Any) -> Any:
            sessions.append(Tracking())
            return sessions[-1]

    (incident,) = leak(pool, write("x"), interface=Tracked())
    assert incident.words == ("task", "set", "'x'")
    assert vars(sessions[0])["changes"] == [("x", 1)]


def test_a_hook_gets_whatever_it_is_called_with(context: Any) -> None:
    """A class of the user's may call it in its own way, too."""
    called: list[object] = []
    real(session).on_update = lambda *args, **kwargs: called.append((args, kwargs))
    saved(Apart(), context)
    real(session).on_update("cart", old=1)
    assert called == [(("cart",), {"old": 1})]


def test_a_session_without_a_hook_is_compared_at_its_end() -> None:
    """What a teardown function changed in it is seen at the request's last pop."""
    app = teardown(write("x"))
    app.session_interface = Store()
    with watched() as watch:
        app.test_client().get("/order/tea")
        assert words(watch) == [("request", "set", "'x'")]


def test_the_body_may_change_a_session_without_a_hook(pool: ThreadPoolExecutor) -> None:
    """On a preserved client its changes are not told from a task's, so neither is noted."""
    late = Late(pool, lambda: None)

    def view() -> str:
        flash("hello")
        return late()

    app = application(view)
    app.session_interface = Store()
    with watched() as watch:
        with app.test_client() as client:
            client.get("/order/tea")
            assert get_flashed_messages() == ["hello"]
            late.sent.set()
            assert not words(watch)


def test_a_task_that_goes_on_is_looked_at_by_the_end_of_the_drain(pool: ThreadPoolExecutor) -> None:
    """What a task changed unseen is told though the task runs on."""
    done, end = threading.Event(), threading.Event()

    def work() -> None:
        session["cart"].append(2)
        done.set()
        end.wait(PATIENCE)

    late = Late(pool, work)

    def view() -> str:
        session["cart"] = [1]
        return late()

    with watched() as watch:
        application(view).test_client().get("/order/tea")
        late.sent.set()
        assert done.wait(PATIENCE)
        watch.drain(0)
        found = [incident.words for incident in lost(watch)]
        end.set()
    assert found == [("task", "changed in place", "'cart'")]


@pytest.mark.parametrize("kept", [False, True])
def test_a_task_of_a_task_is_looked_at_by_the_end_of_the_drain(
    pool: ThreadPoolExecutor, kept: bool
) -> None:
    """What it changed unseen is told by the task that handed it over; not beside a test's body."""
    done = threading.Event()

    def work() -> None:
        append = copy_current_request_context(lambda: session["cart"].append(2))
        pool.submit(lambda: (append(), done.set()))

    late = Late(pool, work)

    def view() -> str:
        session["cart"] = [1]
        return late()

    with watched() as watch:
        client = application(view).test_client()
        if kept:
            client.__enter__()
        client.get("/order/tea")
        late.sent.set()
        assert done.wait(PATIENCE)
        found = words(watch)
        if kept:
            client.__exit__(None, None, None)
    assert found == ([] if kept else [("task", "changed in place", "'cart'")])


def test_a_session_that_is_one_object_for_all_requests_is_right(pool: ThreadPoolExecutor) -> None:
    """Where the store hands out the object it keeps, the next request finds the change."""

    class Memory(SessionInterface):
        one = CallbackDict[str, Any]()

        def open_session(self, app: Flask, request: Any) -> Any:
            return self.one

        def save_session(self, app: Flask, session: Any, response: Response) -> None:
            pass

    views: list[Callable[[], object]] = [write("a"), write("b"), lambda: session["x"]]
    late = Late(pool, write("x"))
    app = application(lambda: (views.pop(0)(), late()))
    app.session_interface = Memory()
    with watched() as watch:
        for _ in range(3):
            app.test_client().get("/order/tea")
            late.sent.set()
            watch.drain()
        assert words(watch) == [("task", "set", "'x'")]
    views = [write("c"), write("d")]
    with watched() as watch:
        app.test_client().get("/order/tea")
        app.test_client().get("/order/tea")
        assert not words(watch)
        assert views == []


@pytest.mark.parametrize("content", [object(), {1, 2}])
def test_a_session_of_an_unknown_kind_is_left_alone(content: object) -> None:
    """What is no dictionary is not looked at: that might load it from somewhere."""

    class Odd(SessionInterface):
        def open_session(self, app: Flask, request: Any) -> Any:
            return content

        def save_session(self, app: Flask, session: Any, response: Response) -> None:
            pass

    app = application(lambda: "ok")
    app.session_interface = Odd()
    with watched() as watch:
        assert app.test_client().get("/order/tea").text == "ok"
        assert not watch.engine.disabled


def test_a_plain_dict_is_left_alone() -> None:
    """A session that can hold nothing of ours is not watched."""

    class Slim(dict[str, Any]):
        __slots__ = ("accessed", "modified")

    class Bare(SessionInterface):
        def open_session(self, app: Flask, request: Any) -> Any:
            return Slim()

        def save_session(self, app: Flask, session: Any, response: Response) -> None:
            pass

    app = teardown(write("x"))
    app.session_interface = Bare()
    with watched() as watch:
        app.test_client().get("/order/tea")
        assert watch.engine.disabled == {}


def test_an_app_without_a_key_is_right() -> None:
    """Flask's null session refuses writes as always."""
    app = teardown(lambda: session.get("x"))
    app.secret_key = None
    with watched() as watch:
        app.test_client().get("/order/tea")
        with app.test_client() as client:
            client.get("/order/tea")
            with pytest.raises(RuntimeError, match="session is unavailable"):
                session["x"] = 1
        assert not words(watch)


def test_a_saved_session_can_be_copied_and_tells_nothing_of_it(pool: ThreadPoolExecutor) -> None:
    """A copy behaves as it did; what is done to it is no change of the session."""
    copies: list[Any] = []

    def work() -> None:
        copies.extend([copy.copy(real(session)), copy.deepcopy(real(session))])
        for each in copies:
            each["y"] = 1

    assert not leak(pool, work)
    shallow, deep = copies
    assert shallow.modified
    assert deep.modified
    assert saved_of(deep) is None


def remember(content: Any) -> None:
    """A hook that can be pickled."""
    content.seen = True


def test_a_saved_session_can_be_pickled() -> None:
    """Nothing of ours is in the pickle: it can be read where we are not."""

    class Kept(SessionInterface):
        def open_session(self, app: Flask, request: Any) -> Any:
            return CallbackDict({"x": 1}, remember)

        def save_session(self, app: Flask, session: Any, response: Response) -> None:
            pass

    app = application(lambda: "ok")
    app.session_interface = Kept()
    with watched(), app.test_client() as client:
        client.get("/order/tea")
        content = real(session)
        assert type(content.on_update) is Saved
        text = pickle.dumps(content)
        assert b"flaskctx" not in text.replace(__name__.encode(), b"")
        assert pickle.loads(text).on_update is remember


@pytest.mark.parametrize("interface", [SecureCookieSessionInterface, Store])
@pytest.mark.parametrize("content", [{}, {"x": 1}, {"cart": [1]}])
def test_a_saved_session_is_freed_with_its_request(
    content: dict[str, Any], interface: type[SessionInterface]
) -> None:
    """Nothing of ours keeps it, nor makes it wait for the garbage collector."""
    sessions: list[weakref.ref[Any]] = []

    def view() -> None:
        session.update(content)
        sessions.append(weakref.ref(real(session)))

    app = teardown(lambda: sorted(session), view)
    app.session_interface = interface()
    gc.collect()
    gc.disable()
    try:
        with watched():
            app.test_client().get("/order/tea")
            assert sessions[0]() is None
    finally:
        gc.enable()


def test_a_write_when_the_test_is_over_is_late(pool: ThreadPoolExecutor) -> None:
    """What comes after the last look is told as late, for its own test."""
    late = Late(pool, write("x"))
    with watched() as watch:
        application(late).test_client().get("/order/tea")
        watch.engine.end(watch.trial)
        late.sent.set()
        pool.shutdown()
        assert watch.engine.hub.take_late() == [watch.recorder]
        assert len(lost(watch)) == 1


def test_a_write_during_the_teardown_is_told_by_its_end(pool: ThreadPoolExecutor) -> None:
    """A fixture that waits for the pool lets the write happen after the drain."""
    late = Late(pool, write("x"))
    with watched() as watch:
        application(late).test_client().get("/order/tea")
        watch.drain(0)
        assert not lost(watch)
        late.sent.set()
        pool.shutdown()
        watch.engine.end(watch.trial)
        assert len(lost(watch)) == 1


def test_what_happens_between_tests_is_told_at_the_end(pool: ThreadPoolExecutor) -> None:
    """A request of no test has its writes told with what else was between tests."""
    late = Late(pool, write("x"))
    with watched() as watch:
        watch.engine.end(watch.trial)
        application(late).test_client().get("/order/tea")
        late.sent.set()
        pool.shutdown()
        (finding,) = watch.engine.between()
        assert (finding.code, finding.tests) == ("FCX205", ())


def test_everything_is_put_back(context: Any) -> None:
    """Flask and the session interfaces are as they were; one that is inherited is wrapped once."""

    class Cellar:
        def save_session(self, app: object, session: object, response: object) -> None:
            pass

    class Shelf(Cellar):
        pass

    class Shop:
        session_interface: object

        def process_response(self, response: str) -> str:
            return response

    original, save = vars(Shop)["process_response"], vars(Cellar)["save_session"]
    probe = Sessions(Switchboard())
    module = ModuleType("flask.app")
    vars(module)["Flask"] = Shop
    probe.attach(module)
    app = Shop()
    for interface in (Cellar(), Shelf(), object()):
        app.session_interface = interface
        assert app.process_response("ok") == "ok"
    inherited = vars(Cellar)["save_session"]
    assert inherited is not save
    assert "save_session" not in vars(Shelf)
    probe.remove()
    assert vars(Shop)["process_response"] is original
    assert vars(Cellar)["save_session"] is save
    assert inherited(app.session_interface, app, session, "ok") is None


def test_an_app_that_breaks_where_we_look_is_served(context: Any) -> None:
    """The probe switches itself off; the response is the program's."""

    class Shop:
        @property
        def session_interface(self) -> object:
            raise LookupError("no interface")

        def process_response(self, response: str) -> str:
            return response

    board = Switchboard()
    probe = Sessions(board)
    module = ModuleType("flask.app")
    vars(module)["Flask"] = Shop
    probe.attach(module)
    assert [Shop().process_response("ok") for _ in range(2)] == ["ok", "ok"]
    assert re.fullmatch(r"LookupError in [\w.]+\.sessions, line \d+", board.disabled["sessions"])
    probe.remove()


def test_a_session_that_breaks_where_we_look_is_saved(context: Any) -> None:
    """The probe switches itself off; the save is the program's."""

    class Odd(dict[str, Any]):
        def __getattribute__(self, name: str) -> Any:
            raise LookupError(f"no {name}")

    class Interface:
        def save_session(self, app: object, session: object) -> str:
            return "saved"

    class Shop:
        session_interface = Interface()

        def process_response(self, response: str) -> str:
            return response

    board = Switchboard()
    probe = Sessions(board)
    module = ModuleType("flask.app")
    vars(module)["Flask"] = Shop
    probe.attach(module)
    assert Shop().process_response("ok") == "ok"
    for _ in range(2):
        assert Shop.session_interface.save_session(None, Odd()) == "saved"
    assert re.fullmatch(r"LookupError in [\w.]+\.saved, line \d+", board.disabled["sessions"])
    probe.remove()


class Apart:
    """A probe that a test has for itself: that of the run goes on."""

    def __init__(self) -> None:
        self.live = True
        self.errors: list[BaseException] = []

    def failed(self, error: BaseException) -> None:
        """Keep the error."""
        self.live = False
        self.errors.append(error)


@pytest.fixture
def context() -> Iterator[Any]:
    """A request's context, of a test that is watched, whose session holds a list."""
    with watched(), application(lambda: "ok").test_request_context("/order/tea") as pushed:
        session["cart"] = [1]
        yield pushed


def test_a_session_watched_by_a_probe_that_is_gone(context: Any) -> None:
    """Another probe takes its place, and calls what the program had put there."""
    own = real(session).on_update
    for _ in range(2):
        probe = Apart()
        saved(probe, context)
        known = saved_of(real(session))
        assert known is not None
        assert (known.probe, known.original) == (probe, own)
        probe.live = False
    session["x"] = 1
    assert real(session).modified
    assert not probe.errors


def test_a_request_of_nobodys_is_left_alone(context: Any) -> None:
    """Where nobody records, or the context was pushed before the probes came, nothing is done."""
    probe = Apart()
    record = record_of(context)
    assert record is not None
    assert record.request is not None
    record.request.recorder = Workload(Subject(), threading.Event())
    saved(probe, context)
    record.request = None
    saved(probe, context)
    context._pytest_flaskctx = None
    saved(probe, context)
    context._pytest_flaskctx = record
    assert saved_of(real(session)) is None
    assert not probe.errors


def test_a_context_that_is_not_known_is_no_other_request(context: Any) -> None:
    """A change under a context pushed before the probes came is noted all the same."""
    saved(Apart(), context)
    known = saved_of(real(session))
    assert known is not None
    context._pytest_flaskctx = None
    session["x"] = 1
    assert not known.shared
    context._pytest_flaskctx = known.record


def test_a_session_put_in_the_place_of_the_saved_one(context: Any) -> None:
    """At its end a context may hold another session, of which nothing is known."""
    probe = Apart()
    saved(probe, context)
    known = saved_of(real(session))
    assert known is not None
    assert known.record.at_end is not None
    real(session).on_update = known.original
    known.record.at_end(context)
    assert not probe.errors


def fail(*args: object) -> Any:
    """Stand in for something of ours that breaks."""
    raise ZeroDivisionError("ours")


@pytest.mark.parametrize("method", ["_written", "ended", "popped", "tell"])
def test_our_own_failure_is_not_the_users(context: Any, method: str) -> None:
    """The probe is switched off, and what it is called for goes on."""
    probe = Apart()
    saved(probe, context)
    known: Any = saved_of(real(session))
    if method == "tell":
        known._book(real(session), Write((), "T", None, True, True, ("x",)))
        known._note = fail
    inner = "_written" if method == "_written" else "_touched"
    setattr(known, inner, fail)
    steps: dict[str, Callable[[], object]] = {
        "_written": lambda: session.update(x=1),
        "ended": lambda: known.ended(real(session), None),
        "popped": lambda: known.popped(real(session), sys._getframe()),
        "tell": known.tell,
    }
    real(session).on_update = None
    dict.__setitem__(real(session), "x", 1)
    real(session).on_update = known
    steps[method]()
    assert [str(error) for error in probe.errors] == ["ours"]
    for step in steps.values():
        step()
    assert session["x"] == 1
    assert len(probe.errors) == 1
