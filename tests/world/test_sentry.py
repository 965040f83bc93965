"""sentry-sdk: what it reads on its own account is its own; what it wraps stays wrapped."""

from __future__ import annotations

import subprocess
import sys

import pytest
from telling_runs import Watch

pytest.importorskip("sentry_sdk")
pytest.importorskip("flask_login")

SHOP = """\
import logging, threading
from concurrent.futures import ThreadPoolExecutor
import pytest, sentry_sdk
from flask import Flask
from flask_login import LoginManager, UserMixin, current_user, login_required
from sentry_sdk.integrations.flask import FlaskIntegration
from sentry_sdk.integrations.threading import ThreadingIntegration
from sentry_sdk.transport import Transport

pytestmark = pytest.mark.filterwarnings("ignore:The send_default_pii:DeprecationWarning")
log = logging.getLogger("shop")
events = []
pool = ThreadPoolExecutor(1)

class Kept(Transport):
    def capture_envelope(self, envelope):
        if envelope.get_event() is not None:
            events.append(envelope.get_event())

class Customer(UserMixin):
    id = "ada"

def watched():
    sentry_sdk.init(
        dsn="https://key@sentry.example/1", transport=Kept, send_default_pii=True,
        integrations=[FlaskIntegration(), ThreadingIntegration()], traces_sample_rate=1.0,
        auto_enabling_integrations=False,
    )

watched()

def work():
    log.error("it does not add up")
    return sentry_sdk.get_current_span()

@pytest.fixture
def app():
    events.clear()
    app = Flask(__name__)
    app.secret_key = "shop"
    LoginManager(app).request_loader(lambda request: Customer())
    return app
"""


@pytest.mark.parametrize("mode", ["fail", "strict"])
def test_error_logged_by_a_worker_is_the_librarys(watch: Watch, mode: str) -> None:
    """What sentry-sdk asks of Flask-Login for a worker's log record fails nothing."""
    told = watch(
        SHOP
        + """
def test_orders(app):
    @app.post("/orders")
    @login_required
    def order():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        pool.submit(work).result()
        return current_user.id

    assert app.test_client().post("/orders").text == "ada"
    assert len(events) == 2
""",
        f"--flaskctx={mode}",
    )
    assert told.outcomes["passed"] == 1, told.output
    assert "failed" not in told.outcomes
    assert told.findings
    assert {found["status"] for found in told.findings} == {"library"}


def test_error_logged_by_a_callback_that_ran_at_once_is_the_librarys(watch: Watch) -> None:
    """There the reads find a context, by luck; they are sentry-sdk's all the same."""
    told = watch(
        SHOP
        + """
def test_orders(app):
    @app.post("/orders")
    @login_required
    def order():
        future = pool.submit(int)
        future.result()
        future.add_done_callback(lambda future: log.error("it does not add up"))
        return current_user.id

    assert app.test_client().post("/orders").text == "ada"
    assert len(events) == 1
"""
    )
    assert told.outcomes["passed"] == 1, told.output
    assert told.findings
    assert {found["status"] for found in told.findings} == {"library"}


def test_leak_of_the_user_is_still_found(watch: Watch) -> None:
    """A worker's own use of `current_user` fails although sentry-sdk wraps the pool."""
    told = watch(
        SHOP
        + """
def whose():
    return f"{current_user.id}"

def test_orders(app):
    @app.post("/orders")
    def order():
        pool.submit(whose)
        return "ok"

    assert app.test_client().post("/orders").text == "ok"
"""
    )
    assert told.outcomes["failed"] == 1, told.output
    new = [found for found in told.findings if found["status"] == "new"]
    (found,) = new
    assert (found["code"], found["proxy"], found["function"]) == ("FCX101", "current_user", "whose")
    assert found["origin"]["kind"] == "submit"
    assert found["origin"]["expression"] == "pool.submit(whose)"


def test_spans_reach_the_worker(watch: Watch) -> None:
    """The trace of a request goes on in its threads and pools, as without the plugin."""
    told = watch(
        SHOP
        + """
def test_spans(app):
    traces = []

    @app.get("/")
    def index():
        traces.append(sentry_sdk.get_current_span().trace_id)
        thread = threading.Thread(target=lambda: traces.append(work().trace_id))
        thread.start()
        thread.join()
        traces.append(pool.submit(work).result().trace_id)
        return "ok"

    assert app.test_client().get("/").text == "ok"
    assert len(traces) == 3 and len(set(traces)) == 1
"""
    )
    assert told.outcomes["passed"] == 1, told.output


AROUND = """
import threading, pytest
from concurrent.futures import ThreadPoolExecutor
from test_world import sentry_sdk, watched

def wrapped():
    return threading.Thread.start, ThreadPoolExecutor.submit

before = wrapped()
assert all("sentry" in repr(each.__code__) for each in before), before
assert pytest.main(["-q", "-p", "no:cacheprovider", "test_world.py"]) == 0
assert wrapped() == before
"""

DURING = """
import threading, pytest
from concurrent.futures import ThreadPoolExecutor

original = threading.Thread.start, ThreadPoolExecutor.submit
assert pytest.main(["-q", "-p", "no:cacheprovider", "test_world.py"]) == 0
after = threading.Thread.start, ThreadPoolExecutor.submit
assert all("sentry" in repr(each.__code__) for each in after), after

import sentry_sdk
seen = []
sentry_sdk.set_tag("shop", "corner")
thread = threading.Thread(target=lambda: seen.append(dict(sentry_sdk.get_isolation_scope()._tags)))
thread.start()
thread.join()
with ThreadPoolExecutor(1) as pool:
    pool.submit(lambda: seen.append(dict(sentry_sdk.get_isolation_scope()._tags))).result()
assert [tags.get("shop") for tags in seen] == ["corner"] * 2, seen
"""


@pytest.mark.parametrize("story", [AROUND, DURING], ids=["before", "during"])
def test_wrappers_survive_the_session(pytester: pytest.Pytester, story: str) -> None:
    """What sentry-sdk wrapped, before our session or during it, is in place and works after it."""
    pytester.makepyfile(test_world=SHOP + "\ndef test_log():\n    pool.submit(work).result()\n")
    script = pytester.makepyfile(story=story)
    done = subprocess.run(
        [sys.executable, str(script)],
        capture_output=True,
        text=True,
        cwd=pytester.path,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
