"""Functions of Flask that need a context: their failing calls are accesses."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import flask.ctx
import pytest
from flask import (
    Flask,
    after_this_request,
    copy_current_request_context,
    current_app,
    stream_with_context,
    url_for,
)
from watching import PATIENCE, Watched, application, run_thread, serve, watched

from pytest_flaskctx.probes import Switchboard
from pytest_flaskctx.probes.functions import Functions
from pytest_flaskctx.threadstate import here

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


def link() -> str:
    """Make a link to the host of whichever request is bound."""
    return url_for("order", name="milk", _external=True)


def by_app() -> str:
    """Ask the application itself, as a template does."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    return str(app.url_for("order", name="milk", _external=True))


def link_in_own_context(app: Flask) -> Callable[[], str]:
    """Return what makes a link in an application context of its thread's own."""

    def work() -> str:
        with app.app_context():
            return link()

    return work


def links(work: Callable[[Flask], Callable[[], str]]) -> tuple[list[str], Watched]:
    """Serve two hosts by a thread that inherits the first one's request."""
    with watched(inherit=True) as watch, ThreadPoolExecutor(1) as pool:
        app = application(lambda: pool.submit(work(app)).result(PATIENCE))
        client = app.test_client()
        hosts = [f"http://{name}.example" for name in ("ada", "bob")]
        return [client.get("/order/tea", base_url=host).text for host in hosts], watch


@pytest.mark.parametrize(
    "work",
    [
        pytest.param(lambda app: link, id="bare"),
        pytest.param(
            link_in_own_context,
            id="own",
            marks=pytest.mark.skipif(
                "RequestContext" not in vars(flask.ctx),
                reason="an application context hides the request",
            ),
        ),
    ],
)
def test_a_link_to_anothers_host_is_one_finding(work: Callable[[Flask], Callable[[], str]]) -> None:
    """It is no read of the application alone, in an application context of its own neither."""
    answers, watch = links(work)
    assert answers == ["http://ada.example/order/milk"] * 2
    (finding,) = watch.findings()
    assert (finding.code, finding.level, finding.proxy) == ("FCX202", "error", "url_for")
    assert (finding.file, finding.count) == ("probes/test_functions.py", 1)


def test_a_link_by_the_application_itself() -> None:
    """No current application is asked then, and the request all the same."""
    _, watch = links(lambda app: by_app)
    assert {(each.proxy, each.code) for each in watch.findings()} == {
        ("current_app", "FCX202"),
        ("url_for", "FCX202"),
    }


def test_a_link_of_a_request_of_ones_own_is_right() -> None:
    """Served or pushed in the thread that inherited another's."""

    def work(app: Flask) -> Callable[[], str]:
        def pushed() -> str:
            with app.app_context(), app.test_request_context(base_url="http://eve.example"):
                return link()

        return pushed

    answers, watch = links(work)
    assert answers == ["http://eve.example/order/milk"] * 2
    assert not watch.accesses


@pytest.mark.parametrize(("waits", "codes"), [(True, []), (False, ["FCX207"])])
def test_a_link_of_a_lent_request(waits: bool, codes: list[str]) -> None:
    """It is right while the request waits for it, and one finding where it does not."""
    made = threading.Event()
    held: list[threading.Thread] = []

    def work() -> None:
        link()
        made.set()

    def view() -> None:
        held.append(threading.Thread(target=copy_context().run, args=(work,)))
        held[0].start()
        if waits:
            held[0].join(PATIENCE)
        else:
            while not made.is_set():
                pass

    with watched(mode="strict") as watch:
        serve(view)
        held[0].join(PATIENCE)
        found = watch.findings()
    assert [each.code for each in found if each.code != "FCX204"] == codes
    assert {each.proxy for each in watch.accesses} == {"url_for"}


def test_a_link_of_a_request_that_is_over() -> None:
    """A copied context keeps the request; so does the thread that pushed it."""
    contexts = []
    with watched() as watch:
        serve(lambda: contexts.append(copy_context()))
        run_thread(lambda: contexts[0].run(link))
        (finding,) = watch.findings()
    assert (finding.code, finding.proxy) == ("FCX201", "url_for")


def test_a_link_that_belongs_to_a_use_is_no_access(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an extension's proxy reads on the way is part of its own use."""
    contexts = []

    def muted() -> None:
        monkeypatch.setattr(here(), "muted", 1)
        contexts[0].run(link)
        monkeypatch.undo()

    with watched() as watch:
        serve(lambda: contexts.append(copy_context()))
        run_thread(muted)
        assert not watch.accesses


def test_after_the_probe_nothing_is_ours() -> None:
    """The method is Flask's own again; kept, our wrapper only calls it."""
    before = Flask.url_for
    board = Switchboard()
    board.install([Functions])
    board.attach("flask.app", sys.modules["flask.app"])
    kept = Flask.url_for
    board.remove()
    assert kept is not before
    assert Flask.url_for is before
    app = application(lambda: "")
    with app.test_request_context():
        assert kept(app, "order", name="milk") == "/order/milk"
