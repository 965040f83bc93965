"""Packages that start threads for Flask: Flask-Executor, Flask-Threads, Flask-SocketIO, APScheduler."""

from __future__ import annotations

import pytest
from telling_runs import Told, Watch

APP = """\
import threading
import pytest
from flask import Flask, copy_current_request_context, current_app, g, request
{imports}

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
done = threading.Event()

@pytest.fixture
def app():
    app = Flask(__name__)
    app.config["SHOP"] = "corner"
    return app

def ask(app, view):
    app.add_url_rule("/order", "order", view)
    return app.test_client().get("/order").text

def shop(*_item):
    return current_app.config["SHOP"]

def path(*_item):
    return request.path
"""


def right(watch: Watch, imports: str, body: str) -> None:
    """Run a test in which nothing is to be found, not even strictly."""
    told = watch(APP.format(imports=imports) + body, "--flaskctx=strict")
    assert told.outcomes == {"passed": 1}, told.output
    assert told.findings == [], told.places


def leaks(watch: Watch, imports: str, body: str) -> Told:
    """Run a test that leaks once."""
    told = watch(APP.format(imports=imports) + body)
    assert told.outcomes == {"failed": 1}, told.output
    assert len(told.findings) == 1, told.places
    return told


EXECUTOR = "from flask_executor import Executor"


@pytest.mark.parametrize(
    "use",
    [
        "executor.submit(path).result()",
        'executor.submit_stored("order", path) and executor.futures.pop("order").result()',
        "executor.job(path).submit().result()",
        "next(executor.map(path, [1]))",
    ],
)
def test_executor_is_right(watch: Watch, use: str) -> None:
    """Each work of Flask-Executor's gets contexts of its own, its done-callbacks too."""
    pytest.importorskip("flask_executor")
    right(
        watch,
        EXECUTOR,
        f"""
def test_it(app):
    executor = Executor(app)
    assert ask(app, lambda: {use}) == "/order"
    executor.shutdown()
""",
    )


def test_executor_callbacks_are_right(watch: Watch) -> None:
    """A done-callback of a future of Flask-Executor's gets contexts of its own."""
    pytest.importorskip("flask_executor")
    right(
        watch,
        EXECUTOR,
        """
def test_it(app):
    executor, seen = Executor(app), []

    def view():
        future = executor.submit(shop)
        future.add_done_callback(lambda future: (seen.append(path()), done.set()))
        assert done.wait(5)
        return seen[0]

    assert ask(app, view) == "/order"
    executor.shutdown()
""",
    )


def test_executor_without_contexts_of_the_application(watch: Watch) -> None:
    """With `EXECUTOR_PUSH_APP_CONTEXT` off, the request's copy brings what is needed."""
    pytest.importorskip("flask_executor")
    right(
        watch,
        EXECUTOR,
        """
def test_it(app):
    app.config["EXECUTOR_PUSH_APP_CONTEXT"] = False
    executor = Executor(app)
    assert ask(app, lambda: executor.submit(lambda: path() + shop()).result()) == "/ordercorner"
    executor.shutdown()
""",
    )


def test_executor_shares_a_context_in_map(watch: Watch) -> None:
    """All items of one `map` get one copy; that two of them break is a matter of time."""
    pytest.importorskip("flask_executor")
    told = leaks(
        watch,
        EXECUTOR,
        """
def test_it(app):
    app.config["EXECUTOR_MAX_WORKERS"] = 4
    executor = Executor(app)
    ask(app, lambda: str(len(list(executor.map(int, "123")))))
    executor.shutdown()
""",
    )
    assert told.places == [("FCX203", "new", "", 'executor.map(int, "123")')]


def test_executor_with_one_worker_shares_nothing(watch: Watch) -> None:
    """One after the other may use the same copy."""
    pytest.importorskip("flask_executor")
    right(
        watch,
        EXECUTOR,
        """
def test_it(app):
    app.config["EXECUTOR_MAX_WORKERS"] = 1
    executor = Executor(app)
    assert ask(app, lambda: "".join(executor.map(path, "12"))) == "/order/order"
    executor.shutdown()
""",
    )


def test_executor_leaves_default_callbacks_alone(watch: Watch) -> None:
    """What is called for every future has no context, unlike a callback of one future."""
    pytest.importorskip("flask_executor")
    told = leaks(
        watch,
        EXECUTOR,
        """
def note(future):
    try:
        path()
    except Exception:
        pass

def test_it(app):
    executor = Executor(app)
    executor.add_default_done_callback(note)
    assert ask(app, lambda: executor.submit(shop).result()) == "corner"
    executor.shutdown()
""",
    )
    assert told.places == [("FCX101", "new", "request", "request.path")]
    assert told.findings[0]["origin"]["expression"] == "executor.submit(shop)"


THREADS = "from flaskthreads import AppContextThread, ThreadPoolWithAppContextExecutor"
WAITED = """
def started(work):
    thread = AppContextThread(target=work)
    thread.start()
    return thread
"""


def test_threads_that_are_waited_for_are_right(watch: Watch) -> None:
    """Flask-Threads lends the view's own application context, which is there meanwhile."""
    pytest.importorskip("flaskthreads")
    right(
        watch,
        THREADS,
        WAITED
        + """
def test_it(app):
    seen = []

    def view():
        g.order = "tea"
        for _ in range(2):
            started(lambda: seen.append((g.order, shop()))).join()
        with ThreadPoolWithAppContextExecutor(max_workers=1) as pool:
            return "".join(pool.map(shop, "12"))

    assert ask(app, view) == "cornercorner"
    assert seen == [("tea", "corner")] * 2
""",
    )


@pytest.mark.parametrize(
    ("use", "place"),
    [
        ("[thread.join() for thread in [started(shop), started(shop)]]", "thread.start()"),
        ("[pool.submit(shop) for _ in range(2)]", "pool.submit(shop)"),
        ('list(pool.map(shop, "12"))', 'pool.map(shop, "12")'),
    ],
)
def test_threads_share_a_context(watch: Watch, use: str, place: str) -> None:
    """Two workers at once push and pop the one context: the first to end takes the other's."""
    pytest.importorskip("flaskthreads")
    told = leaks(
        watch,
        THREADS,
        WAITED
        + f"""
def view():
    with ThreadPoolWithAppContextExecutor(max_workers=2) as pool:
        {use}
    return "ok"

def test_it(app):
    app.testing = False
    ask(app, view)
""",
    )
    assert told.places == [("FCX203", "new", "", place)]
    assert "one application context" in told.findings[0]["message"]


def test_threads_lend_no_request(watch: Watch) -> None:
    """What goes along is the application's context alone."""
    pytest.importorskip("flaskthreads")
    told = leaks(
        watch,
        THREADS,
        WAITED
        + """
def test_it(app):
    assert ask(app, lambda: started(path).join() or "ok") == "ok"
""",
    )
    assert told.places == [("FCX101", "new", "request", "request.path")]


SOCKETS = "from flask_socketio import SocketIO, emit"


def test_background_task_is_a_thread(watch: Watch) -> None:
    """What Flask-SocketIO starts is traced to the line that starts it."""
    pytest.importorskip("flask_socketio")
    told = leaks(
        watch,
        SOCKETS,
        """
def test_it(app):
    sockets = SocketIO(app, async_mode="threading")

    @sockets.on("order")
    def order(what):
        sockets.start_background_task(lambda: emit("news", what)).join()

    client = sockets.test_client(app)
    client.emit("order", "tea")
    client.disconnect()
""",
    )
    assert told.places == [("FCX101", "new", "request", 'emit("news", what)')]
    origin = told.findings[0]["origin"]
    assert origin["kind"] == "thread"
    assert origin["expression"].startswith("sockets.start_background_task(")


def test_handlers_and_their_tasks_are_right(watch: Watch) -> None:
    """A handler has a request; a task has what it is given, or pushes itself."""
    pytest.importorskip("flask_socketio")
    right(
        watch,
        SOCKETS,
        """
def test_it(app):
    sockets, seen = SocketIO(app, async_mode="threading"), []

    def work(sid):
        with app.app_context():
            sockets.emit("news", shop(), to=sid)

    @sockets.on("order")
    def order(what):
        seen.append(request.sid)
        emit("thanks", what)
        sockets.start_background_task(work, request.sid).join()

    client = sockets.test_client(app)
    client.emit("order", "tea")
    assert [each["name"] for each in client.get_received()] == ["thanks", "news"]
    client.disconnect()
    assert len(seen) == 1
""",
    )


SCHEDULER = """
from apscheduler.schedulers.background import BackgroundScheduler

@pytest.fixture
def scheduler():
    scheduler = BackgroundScheduler()
    scheduler.start()
    yield scheduler
    scheduler.shutdown()
"""


def test_scheduled_job_has_no_context(watch: Watch) -> None:
    """A job of APScheduler's is found at its line, and the fix is no line of the library's."""
    pytest.importorskip("apscheduler")
    told = leaks(
        watch,
        SCHEDULER,
        """
def test_it(app, scheduler):
    def job():
        try:
            shop()
        finally:
            done.set()

    assert ask(app, lambda: scheduler.add_job(job).name) == "test_it.<locals>.job"
    assert done.wait(5)
""",
    )
    assert told.places == [("FCX101", "new", "current_app", "current_app.config")]
    assert "own:\n    with app.app_context():" in told.findings[0]["hint"]


@pytest.mark.parametrize("started", ["before", "in the view"])
def test_scheduled_job_with_a_context_of_its_own(watch: Watch, started: str) -> None:
    """It is right, also where the first request starts the scheduler."""
    pytest.importorskip("apscheduler")
    right(
        watch,
        SCHEDULER.replace(
            "    scheduler.start()\n", "" if started != "before" else "    scheduler.start()\n"
        ),
        f"""
def test_it(app, scheduler):
    def job():
        with app.app_context():
            g.shop = shop()
            done.set()

    def view():
        scheduler.add_job(job)
        if {started != "before"}:
            scheduler.start()
        return "ok"

    assert ask(app, view) == "ok"
    assert done.wait(5)
""",
    )


def test_scheduler_of_the_application(watch: Watch) -> None:
    """Flask-APScheduler leaves the context to the job."""
    pytest.importorskip("flask_apscheduler")
    told = leaks(
        watch,
        "from flask_apscheduler import APScheduler",
        """
def test_it(app):
    scheduler = APScheduler(app=app)
    ended = [threading.Event(), threading.Event()]

    def right():
        with scheduler.app.app_context():
            shop()
        ended[0].set()

    def wrong():
        try:
            shop()
        finally:
            ended[1].set()

    scheduler.start()
    ask(app, lambda: str([scheduler.add_job(each.__name__, each) for each in (right, wrong)]))
    assert all(each.wait(5) for each in ended)
    scheduler.shutdown()
""",
    )
    assert told.findings[0]["function"] == "shop"
