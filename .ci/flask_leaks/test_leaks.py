"""Ten tests, ten unlike ways to leak a context; each is green without the plugin.

The leaking line of each carries its test's name. Flask's suite turns warnings into errors, so no
thread here dies of its exception: every leak is lost the way it gets lost in applications.
"""

import asyncio
import logging
import logging.handlers
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool

import flask
import pytest
from flask import current_app, g, request, session, url_for

log = logging.getLogger(__name__)


@pytest.fixture
def pool():
    with ThreadPoolExecutor(max_workers=2) as executor:
        yield executor


def visit(app, view):
    """Serve one request with this view."""
    app.add_url_rule("/visit/<name>", "visit", view)
    answer = app.test_client().get("/visit/ada?n=3")
    assert answer.status_code == 200
    return answer


def test_submit(app, pool):
    """The future that nobody reads keeps the error."""

    def count():
        return int(request.args["n"])  # LEAK test_submit

    def view(name):
        pool.submit(count)
        return "queued"

    visit(app, view)


def test_map(app, pool):
    """The results of `map` are never iterated."""

    def greet(word):
        return f"{word} {session.get('name')}"  # LEAK test_map

    def view(name):
        session["name"] = name
        pool.map(greet, ["hello", "good-bye"])
        return "queued"

    visit(app, view)


def test_thread(app):
    """A bare thread swallows whatever goes wrong."""

    def remember():
        try:
            g.visits = g.get("visits", 0) + 1  # LEAK test_thread
        except Exception:
            pass

    def view(name):
        threading.Thread(target=remember, daemon=True).start()
        return "started"

    visit(app, view)


class Mailer(threading.Thread):
    """Sends a mail, and logs what hinders it."""

    def run(self):
        try:
            self.sender = current_app.config["MAIL_SENDER"]  # LEAK test_thread_subclass
        except Exception:
            log.exception("no mail sent")


def test_thread_subclass(app):
    """A thread with a `run` of its own logs the error."""
    app.config["MAIL_SENDER"] = "ada@example.org"

    def view(name):
        mailer = Mailer()
        mailer.start()
        return "mailing"

    visit(app, view)


def test_timer(app):
    """A timer falls back to a value that looks right."""
    links = []

    def remind():
        try:
            links.append(url_for("visit", name="ada"))  # LEAK test_timer
        except Exception:
            links.append("/")

    def view(name):
        threading.Timer(0.01, remind).start()
        return "later"

    visit(app, view)


def test_thread_pool(app):
    """The asynchronous result of a `ThreadPool` is dropped."""

    def agent():
        return flask.request.headers["User-Agent"]  # LEAK test_thread_pool

    with ThreadPool(1) as workers:

        def view(name):
            workers.apply_async(agent)
            return "queued"

        visit(app, view)
        workers.close()
        workers.join()


def test_run_in_executor(app):
    """An async view gathers with `return_exceptions` and looks at nothing."""

    def read():
        return request.method  # LEAK test_run_in_executor

    async def view(name):
        loop = asyncio.get_running_loop()
        await asyncio.gather(loop.run_in_executor(None, read), return_exceptions=True)
        return "gathered"

    visit(app, view)


def test_done_callback(app, pool):
    """A callback's error is logged by the executor, and the answer is sent."""
    registered = threading.Event()

    def note(future):
        current_app.logger.info("done")  # LEAK test_done_callback

    def view(name):
        pool.submit(registered.wait, 5).add_done_callback(note)
        registered.set()
        return "queued"

    visit(app, view)


def test_queue_worker(app):
    """A worker that is older than any request is fed by a queue."""
    jobs = queue.Queue()

    def work():
        while (job := jobs.get()) is not None:
            try:
                job["user"] = g.user  # LEAK test_queue_worker
            except Exception:
                job["user"] = "nobody"
            finally:
                jobs.task_done()

    worker = threading.Thread(target=work)
    worker.start()

    def view(name):
        g.user = name
        jobs.put({"name": name})
        return "queued"

    visit(app, view)
    jobs.join()
    jobs.put(None)
    worker.join()


class AuditHandler(logging.Handler):
    """Writes who did it, and hides what it could not write."""

    def emit(self, record):
        try:
            record.path = request.path  # LEAK test_queue_listener
        except Exception:
            record.path = "?"


def test_queue_listener(app):
    """A `QueueListener` handles the log records in its own thread."""
    records = queue.Queue()
    listener = logging.handlers.QueueListener(records, AuditHandler())
    audit = logging.getLogger("audit")
    audit.addHandler(handler := logging.handlers.QueueHandler(records))
    listener.start()

    def view(name):
        audit.warning("visited by %s", name)
        return "audited"

    visit(app, view)
    listener.stop()
    audit.removeHandler(handler)
