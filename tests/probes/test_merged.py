"""Flask 3.2's one context: what holds no request is unbound for ``request``."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextvars import copy_context

import pytest
from flask import Request as FlaskRequest
from merged import AppContext, Request, current_app, modules, request
from watching import PATIENCE, Watched, run_thread, watched
from werkzeug.test import EnvironBuilder

from pytest_flaskctx.chronicle import Chronicle
from pytest_flaskctx.contexts import bound_request, record_for
from pytest_flaskctx.probes import Switchboard
from pytest_flaskctx.probes.contexts import Contexts
from pytest_flaskctx.probes.proxies import Proxies
from pytest_flaskctx.pushes import popped_merged
from pytest_flaskctx.records import record_of
from pytest_flaskctx.threadstate import here


@pytest.fixture
def watch() -> Iterator[Watched]:
    """A test that watches the fake as well as the Flask that is installed."""
    context, globals_ = modules()
    board = Switchboard()
    contexts, proxies = Contexts(board), Proxies(board)
    with watched() as test:
        contexts.attach(context)
        proxies.attach(globals_)
        yield test
        proxies.remove()
        contexts.remove()
    assert not board.disabled


def test_a_thread_reads_what_it_pushed(watch: Watched) -> None:
    """With a request in it, the context answers both proxies, and nothing is looked at."""

    def serve() -> None:
        with AppContext(Request()) as context:
            with context:
                assert request.path == "/order/tea"
            assert current_app.name == "shop"
            assert bound_request(here()) is not None
        assert bound_request(here()) is None

    run_thread(serve)
    assert watch.recorder.observed == 0


def test_an_application_context_has_no_request(watch: Watched) -> None:
    """In a worker's own application context ``request`` raises as ever, and is unbound."""

    def work() -> None:
        with AppContext():
            assert current_app.name == "shop"
            with pytest.raises(RuntimeError, match="no request in this context"):
                str(request.path)

    run_thread(work)
    (access,) = watch.accesses
    assert (access.proxy, access.context) == ("request", None)


def test_an_application_context_hides_the_request_below_it(watch: Watched) -> None:
    """Pushed inside a request it has none, and gives the request back when it is popped."""

    def serve() -> None:
        with AppContext(Request()):
            with AppContext():
                assert here().request is None
            assert request.path == "/order/tea"

    run_thread(serve)
    assert watch.recorder.observed == 0


def test_what_is_bound_beside_no_request_is_none(watch: Watched) -> None:
    """Somebody else's application context, carried along, is no request either."""
    seen: list[object] = []
    with AppContext():
        context = copy_context()
    run_thread(lambda: seen.append(context.run(lambda: bound_request(here()))))
    assert seen == [None]


def test_a_carried_context_may_be_over(watch: Watched) -> None:
    """A task that reads it after its request was over is found, with the request's words."""
    go = threading.Event()

    def work() -> None:
        go.wait(PATIENCE)
        assert request.path == "/order/tea"

    with AppContext(Request()):
        thread = threading.Thread(target=copy_context().run, args=(work,))
        thread.start()
    go.set()
    thread.join(PATIENCE)
    (finding,) = watch.findings()
    assert finding.code == "FCX201"
    assert finding.context is not None
    assert finding.context.request is not None
    assert finding.context.request.endpoint == "order"


@pytest.mark.parametrize(
    ("context", "slot"), [(AppContext(Request()), "request"), (AppContext(), "app")]
)
def test_one_context_for_two_tasks(watch: Watched, context: AppContext, slot: str) -> None:
    """One that two tasks push is found, and told by what it holds."""
    done: list[int] = []

    def work() -> None:
        with context:
            done.append(1)

    for count in (1, 2):
        threading.Thread(target=work).start()
        while len(done) < count:
            pass
    watch.drain()
    (noted,) = watch.recorder.noted
    assert noted.incident.words == (slot,)


def test_copies_share_their_request(watch: Watched) -> None:
    """A copy is the same request, also where it was handed over before it was pushed."""
    with AppContext(Request()) as context:
        known = record_of(context)
        copy = context.copy()
        assert known is not None
        assert record_for(copy).request is known.request
        with copy:
            assert record_for(copy).owner is here()


@pytest.mark.parametrize("early", [True, False])
def test_a_body_may_be_read_too_late(watch: Watched, early: bool) -> None:
    """A copied context may be used after its request; not what stands on the connection."""
    environ = EnvironBuilder(method="POST", data="tea").get_environ()
    posted = FlaskRequest(environ)
    context = AppContext(posted)  # type: ignore[arg-type]

    def read() -> None:
        with copy:
            assert request.get_data() == b"tea"

    with context:
        copy = context.copy()
        with copy:
            pass
        if early:
            run_thread(read)
    run_thread(read)
    operations = [each.access.operation for each in watch.recorder.sightings]
    assert operations.count("body") == (0 if early else 1)


def test_a_pop_out_of_turn_is_none(watch: Watched) -> None:
    """What was pushed before the probes came, or is not on top, leaves the thread's alone."""
    popped_merged(AppContext())
    lower, upper = AppContext(), AppContext(Request())
    with lower, upper:
        popped_merged(lower)
        assert record_for(lower).depth == 1
        assert here().request is upper
        record_for(upper).watched = True
    assert record_for(upper).ended
    with upper:
        assert not record_for(upper).ended
    assert record_for(lower).depth == 0


def test_one_that_is_made_of_a_request_is_that_requests(watch: Watched) -> None:
    """Whoever does without ``copy`` shares the request all the same."""
    with AppContext(Request()) as context:
        with AppContext(context.request) as other:
            assert record_for(other).request is record_for(context).request


def test_what_a_client_keeps_for_the_test_is_over(watch: Watched) -> None:
    """The client pushes it again when its request is over."""
    context = AppContext(Request())
    with context:
        pass
    client = compile("context.push()", "/lib/flask/testing.py", "exec")
    exec(client, {"context": context})
    assert record_for(context).kept
    assert record_for(context).over
    context.pop()


def wsgi_app() -> None:
    """Serve a request as Flask does."""
    context = AppContext(Request())
    context.push()
    context.pop()


# By its name Flask's own is known.
wsgi_app.__code__ = wsgi_app.__code__.replace(co_qualname="Flask.wsgi_app")


@pytest.mark.parametrize(("request_", "slot"), [(None, "app"), (Request(), "request")])
def test_a_context_around_a_request_is_noted(
    watch: Watched, request_: Request | None, slot: str
) -> None:
    """Each request has a context of its own there, and that is said of it."""
    with AppContext(request_):
        wsgi_app()
    (known,) = watch.engine.idle.recorder.noted
    assert (known.incident.kind, known.incident.words) == ("outer-context", (slot, "own"))


def test_a_request_on_a_context_that_was_left_is_no_graver(watch: Watched) -> None:
    """It has a context of its own, and shares nothing with that one."""
    context = AppContext()
    context.push()
    watch.engine.end(watch.trial)
    watch.engine.begin(watch.recorder.subject)
    wsgi_app()
    context.pop()
    (known,) = watch.recorder.noted
    assert (known.incident.kind, known.incident.words) == ("left-context", ("app", "push"))


def test_a_request_is_drawn(watch: Watched) -> None:
    """Where a picture of the test is wanted, its requests are in it, and no bare context."""
    watch.recorder.chronicle = Chronicle()
    with AppContext():
        pass
    with AppContext(Request()):
        pass
    (served,) = watch.recorder.chronicle.timeline("test_it").requests
    assert (served.method, served.rule, served.endpoint) == ("GET", "/order/<name>", "order")
    assert served.end is not None
