"""Bodies and files: read while the request is there, or when what they stood on is gone."""

from __future__ import annotations

import io
import queue
import threading
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from types import ModuleType
from typing import Any

import pytest
import werkzeug.wrappers.request
from flask import Flask, copy_current_request_context, request
from watching import PATIENCE, Watched, run_thread, watched
from werkzeug.datastructures import FileStorage

from pytest_flaskctx.probes import Switchboard
from pytest_flaskctx.probes.bodies import Bodies

Work = Callable[[], object]
FORM: dict[str, Any] = {"data": {"name": "tea"}}
JSON: dict[str, Any] = {"json": {"name": "tea"}}


def upload() -> dict[str, Any]:
    """Return what sends one file of two lines."""
    return {"data": {"doc": (io.BytesIO(b"one\ntwo"), "doc.txt")}}


def late(
    use: Work,
    sent: dict[str, Any],
    *,
    first: Work = bool,
    carry: Callable[[Work], Work] = copy_current_request_context,
    joined: bool = False,
) -> tuple[Watched, list[object]]:
    """Return what was watched, and what ``use`` came to, in a thread whose request is over.

    Args:
        use: what the thread does.
        sent: with what the request is sent.
        first: what the view does before it hands over.
        carry: how the view wraps what it hands over.
        joined: whether the view waits.
    """
    app = Flask("shop")
    go = threading.Event()
    threads: list[threading.Thread] = []
    came_to: list[object] = []

    def work() -> None:
        go.wait(PATIENCE)
        try:
            came_to.append(use())
        except ValueError as error:
            came_to.append(str(error))

    @app.post("/order/<name>")
    def order(name: str) -> str:
        first()
        threads.append(threading.Thread(target=carry(work)))
        threads[0].start()
        if joined:
            go.set()
            threads[0].join(PATIENCE)
        return name

    with watched() as watch:
        app.test_client().post("/order/tea", **sent)
        go.set()
        threads[0].join(PATIENCE)
    return watch, came_to


def seen(watch: Watched) -> list[tuple[str, str]]:
    """Return what was seen and counts, each with how: a request asks for limits of the app, too."""
    flasks = "current_app"
    return [(each.proxy, each.operation) for each in watch.accesses if each.proxy != flasks]


BODIES: dict[str, tuple[Work, dict[str, Any]]] = {
    "json": (lambda: request.get_json(), JSON),
    "data": (lambda: request.get_data(), JSON),
    "stream": (lambda: request.stream.read(), JSON),
    "form": (lambda: request.form["name"], FORM),
    "values": (lambda: request.values["name"], FORM),
    "files": (lambda: request.files["doc"].read(), upload()),
}


@pytest.mark.parametrize("way", BODIES)
def test_a_body_that_is_first_read_too_late_is_a_use(way: str) -> None:
    """In a copied context, which else may be used as long as one likes."""
    use, sent = BODIES[way]
    watch, _ = late(use, sent)
    assert seen(watch) == [("request", "body")]
    (found,) = watch.findings()
    assert (found.code, found.status, found.level) == ("FCX201", "new", "error")
    assert found.message == "the request's body is first read when the request is over"
    assert found.context is not None
    assert found.context.owner == threading.current_thread().name
    assert found.context.request is not None
    assert found.context.request.endpoint == "order"


@pytest.mark.parametrize("way", ["json", "data", "form", "values"])
def test_what_was_read_before_may_be_read_again(way: str) -> None:
    """The request keeps it."""
    use, sent = BODIES[way]
    watch, (came_to,) = late(use, sent, first=lambda: request.get_data())
    assert came_to
    assert not watch.accesses


@pytest.mark.parametrize("way", BODIES)
def test_a_body_that_is_read_while_the_view_waits_is_read_in_time(way: str) -> None:
    """Whoever reads it, the request is there."""
    use, _ = BODIES[way]
    watch, _ = late(use, upload() if way == "files" else BODIES[way][1], joined=True)
    assert not watch.findings()


def test_what_is_no_body_is_always_there() -> None:
    """The address and the headers of a request that had a body."""
    watch, came_to = late(lambda: (request.args.get("size"), request.mimetype), JSON)
    assert came_to == [(None, "application/json")]
    assert not watch.accesses


def test_a_request_without_a_body_has_none_that_closes() -> None:
    """To ask a form that was never sent is to be told that there is none."""
    watch, came_to = late(lambda: request.form.get("name"), {})
    assert came_to == [None]
    assert not watch.accesses


def test_a_chunked_body_is_one_too() -> None:
    """Its length is not told beforehand."""
    sent = {
        "input_stream": io.BytesIO(b"x"),
        "environ_overrides": {"HTTP_TRANSFER_ENCODING": "Chunked", "wsgi.input_terminated": True},
    }
    watch, _ = late(lambda: request.get_data(), sent)
    assert seen(watch) == [("request", "body")]


FILES: dict[str, Work] = {
    "read": lambda: request.files["doc"].read(),
    "lines": lambda: request.files["doc"].readlines(),
    "iterated": lambda: list(request.files["doc"]),
    "saved": lambda: request.files["doc"].save(io.BytesIO()),
}


@pytest.mark.parametrize("way", FILES)
def test_a_file_is_closed_with_its_request(way: str) -> None:
    """Though the view had looked at it, it cannot be read any more."""
    watch, came_to = late(FILES[way], upload(), first=lambda: request.files)
    assert came_to == ["I/O operation on closed file."]
    assert seen(watch) == [("request", "file")]
    (found,) = watch.findings()
    assert found.message == "an uploaded file is read after it was closed with its request"


@pytest.mark.parametrize("way", FILES)
def test_a_file_may_be_read_while_it_is_open(way: str) -> None:
    """By the thread that the view waits for."""
    watch, came_to = late(FILES[way], upload(), first=lambda: request.files, joined=True)
    assert came_to != ["I/O operation on closed file."]
    assert not watch.findings()


def test_what_is_known_of_a_closed_file_may_be_asked() -> None:
    """Its name and type, and whether it is closed."""
    watch, came_to = late(
        lambda: (request.files["doc"].filename, request.files["doc"].closed),
        upload(),
        first=lambda: request.files,
    )
    assert came_to == [("doc.txt", True)]
    assert not watch.accesses


def test_the_real_objects_are_no_better() -> None:
    """A task without a context, to which the view gave the request, or a file of it."""
    given: list[Any] = []
    watch, _ = late(
        lambda: given[0].get_data(),
        JSON,
        first=lambda: given.append(request._get_current_object()),
        carry=lambda work: work,
    )
    assert seen(watch) == [("request", "body")]
    watch, _ = late(
        lambda: given[1].read(),
        upload(),
        first=lambda: given.append(request.files["doc"]),
        carry=lambda work: work,
    )
    assert seen(watch) == [("request", "file")]


def test_under_a_dead_context_the_proxy_tells() -> None:
    """One use is one access: what is read of a context that is over is read of that."""

    def carry(work: Work) -> Work:
        return partial(copy_context().run, work)

    watch, _ = late(lambda: request.get_json(), JSON, carry=carry)
    assert seen(watch) == [("request", "__getattr__")]
    assert [found.proxy for found in watch.findings()] == ["request"]


def test_a_request_that_is_read_in_the_test_is_the_tests() -> None:
    """A fake service keeps what it received, and the test looks at that when all is over."""
    app = Flask("fake")
    received: list[Any] = []

    @app.post("/hook")
    def hook() -> str:
        received.extend((request._get_current_object(), request.files.get("doc")))
        return ""

    with watched() as watch:
        app.test_client().post("/hook", data={"doc": (io.BytesIO(b"x"), "x.txt")})
        with pytest.raises(ValueError, match="closed file"):
            received[1].read()
        app.test_client().post("/hook", json={})
        assert received[2].get_json() == {}
    assert not watch.accesses


def test_another_requests_task_reads_for_itself() -> None:
    """A worker that stands in no context of the request, nor was given work by it, is left alone."""
    app = Flask("fake")
    received: list[Any] = []

    @app.post("/hook")
    def hook() -> str:
        received.append(request._get_current_object())
        return ""

    @app.get("/last")
    def last() -> str:
        run_thread(received[0].get_data)
        return ""

    with watched() as watch:
        app.test_client().post("/hook", json={})
        app.test_client().get("/last")
        run_thread(received[0].get_data)
    assert not watch.findings()


def test_a_copy_that_ends_first_does_not_end_the_request() -> None:
    """The view reads the body after its task did what it had to."""
    app = Flask("shop")

    @app.post("/order")
    def order() -> dict[str, str]:
        run_thread(copy_current_request_context(lambda: request.path))
        run_thread(copy_current_request_context(lambda: request.get_json()))
        return dict(request.get_json())

    with watched() as watch:
        assert app.test_client().post("/order", json={"a": "b"}).json == {"a": "b"}
    assert not watch.accesses


def test_a_stream_that_is_no_requests_is_nobodys() -> None:
    """Middleware opens bodies by itself, and whoever calls that function from elsewhere."""
    with watched() as watch:
        module = werkzeug.wrappers.request
        environ = {"werkzeug.request": None, "wsgi.input": io.BytesIO(b"x"), "CONTENT_LENGTH": "1"}
        run_thread(lambda: module.get_input_stream(environ))  # type: ignore[attr-defined]
        assert not watch.engine.disabled
    assert not watch.accesses


def test_while_nobody_records_files_are_read_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between monitors nothing is booked."""
    with watched() as watch:
        monkeypatch.setattr("pytest_flaskctx.board.board.current", None)
        closed = FileStorage(io.BytesIO())
        closed.close()
        with pytest.raises(ValueError, match="closed file"):
            closed.read()
    assert not watch.accesses


def test_a_copy_on_a_queue_reads_for_its_request() -> None:
    """Nobody had asked by then whose request it was, and no task is known."""
    app = Flask("shop")
    jobs: queue.Queue[Work] = queue.Queue()

    @app.post("/order")
    def order() -> str:
        jobs.put(copy_current_request_context(lambda: request.get_json()))
        return ""

    with watched() as watch:
        app.test_client().post("/order", json={})
        run_thread(lambda: jobs.get()())
        (found,) = watch.findings()
    assert found.context is not None
    assert found.context.request is not None
    assert found.context.request.rule == "/order"


def test_a_removed_probe_is_inert() -> None:
    """Functions that somebody kept call what they wrap, and no more."""
    probe = Bodies(Switchboard())
    probe.live = False
    assert probe._opener(lambda environ: environ)({"werkzeug.request": None})
    assert probe._asked(lambda upload, name: name)(None, "read") == "read"
    assert probe._read(lambda upload, size: size)(None, 3) == 3


def test_an_unknown_werkzeug_is_refused() -> None:
    """The probe says so, where what it stands on is not there any more."""
    switches = Switchboard()
    switches.install([Bodies])
    switches.attach("werkzeug.wrappers.request", ModuleType("werkzeug.wrappers.request"))
    switches.remove()
    assert switches.disabled == {
        "bodies": "UnsupportedError: werkzeug.wrappers.request has no get_input_stream"
    }
