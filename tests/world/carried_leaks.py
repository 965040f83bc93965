"""Leaks of carried contexts to put into somebody's suite: each is green without the plugin.

The line of each finding carries ``# LEAK``, its rule's code, and the level at which it is told in
the mode ``fail``. Suites turn warnings into errors, so no thread here dies of its exception.
"""

import contextvars
import multiprocessing
import threading
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor

import pytest
from flask import Flask, copy_current_request_context, g, request, session

left = []


def serve(view, *queries):
    """Serve one request for each query string with this view; return the answers."""
    app = Flask("leaks")
    app.secret_key = "k"
    app.add_url_rule("/visit", "visit", view)
    return [app.test_client().get("/visit", query_string=query).text for query in queries]


def test_after_request():
    """A copied context is read when its request is over."""
    answered = threading.Event()
    threads = []

    def greet():
        answered.wait(10)
        str(request.args["name"])  # LEAK FCX201 error

    def view():
        threads.append(threading.Thread(target=contextvars.copy_context().run, args=(greet,)))
        threads[0].start()
        return "later"

    assert serve(view, "name=ada") == ["later"]
    answered.set()
    threads[0].join()


def name_asked_for():
    """What a worker finds of the request."""
    return request.args["name"]  # LEAK FCX202 error


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="nothing is inherited here"
)
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_served_to_another():
    """A forked worker keeps the first request, and serves it to the second."""
    fork = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(1, mp_context=fork) as pool:
        answers = serve(lambda: pool.submit(name_asked_for).result(), "name=ada", "name=bob")
    assert len(answers) == 2


def test_one_copy_for_all():
    """One copied context is handed to every task of a map."""

    def view():
        @copy_current_request_context
        def shout(word):
            return f"{word}!"

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(shout, ["a", "b", "c"]))  # LEAK FCX203 error
        return "done"

    # It breaks now and then.
    serve(view, "")


def test_written_too_late():
    """A task writes the session when its cookie is on its way."""
    answered = threading.Event()

    def view():
        @copy_current_request_context
        def note():
            answered.wait(10)
            session["seen"] = "yes"  # LEAK FCX205 error

        threads.append(threading.Thread(target=note))
        threads[0].start()
        return "noted"

    threads = []
    assert serve(view, "") == ["noted"]
    answered.set()
    threads[0].join()


def test_left_in_the_pool():
    """A task pushes a context and leaves it in its thread."""
    app = Flask("left")

    def work():
        app.app_context().push()  # LEAK FCX302 error
        g.seen = True

    with ThreadPoolExecutor(1) as pool:
        serve(lambda: str(pool.submit(work).result()), "")


def test_proxy_for_a_task():
    """A proxy itself is handed to a task that never needs it here."""
    with ThreadPoolExecutor(1) as pool:
        serve(lambda: str(pool.submit(isinstance, g, str).result()), "")  # LEAK FCX103 warning


def test_copy_for_later():
    """A task carries a copied context, and nobody waits for it."""
    answered = threading.Event()
    threads = []

    def view():
        threads.append(threading.Thread(target=copy_current_request_context(answered.wait)))
        threads[0].start()  # LEAK FCX204 warning
        return "later"

    serve(view, "")
    answered.set()
    threads[0].join()


def test_object_for_later():
    """A task is given the request itself, and nobody waits for it."""
    answered = threading.Event()
    threads = []

    def record(visit):
        answered.wait(10)
        return visit.path

    def view():
        visit = request._get_current_object()
        threads.append(threading.Thread(target=record, args=(visit,)))
        threads[0].start()  # LEAK FCX206 warning
        return "recorded"

    serve(view, "")
    answered.set()
    threads[0].join()


class AtOnce(Executor):
    """What a test puts in place of a pool."""

    def submit(self, fn, /, *args, **kwargs):
        """Run the work now."""
        future = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def test_at_once():
    """A task finds the request only because the test runs it at once."""

    def work():
        return request.path  # LEAK FCX208 warning

    assert serve(lambda: AtOnce().submit(work).result(), "") == ["/visit"]


def test_left_standing():
    """A test pushes a context and never pops it."""
    left.append(Flask("left").app_context())
    left[0].push()  # LEAK FCX301 warning


def teardown_module():
    """Leave nothing behind for the suite's own tests."""
    left.pop().pop()


class Service:
    """What outlives requests."""

    current = None  # LEAK FCX304 warning


def test_kept():
    """A class keeps a request when it is over."""

    def view():
        Service.current = request._get_current_object()
        return "kept"

    assert serve(view, "") == ["kept"]
