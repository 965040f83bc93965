"""Celery's worker in a thread of the test process, as its pytest plugin starts it."""

from __future__ import annotations

import pytest
from conftest import Watch

pytest.importorskip("celery")

WORKER = """\
import pytest
from flask import Flask, current_app, g, request
from celery import Celery, Task

app = Flask(__name__)
app.config["FACTOR"] = 2

class ContextTask(Task):
    def __call__(self, *args, **kwargs):
        with app.app_context():
            g.seen = True
            return self.run(*args, **kwargs)

celery = Celery("points", broker="memory://", backend="cache+memory://")
celery.conf.update(
    broker_transport_options={"polling_interval": 0.01},
    worker_enable_remote_control=False,
    worker_redirect_stdouts=False,
)

@celery.task(base=ContextTask)
def credit(points):
    return points * current_app.config["FACTOR"]

@celery.task
def greet():
    return f"for {request.path}"

@pytest.fixture(scope="session")
def celery_app():
    return celery

@pytest.fixture(scope="session")
def celery_session_app():
    return celery

@pytest.fixture(scope="session")
def celery_worker_parameters():
    return {"perform_ping_check": False}
"""


def test_own_app_context_is_right(watch: Watch) -> None:
    """A task that runs in its own app context, in `celery_worker`'s thread, is no finding."""
    told = watch(
        WORKER
        + """
@app.post("/points")
def earn():
    return {"credited": credit.delay(3).get(timeout=10, interval=0.01, disable_sync_subtasks=False)}

def test_credit(celery_session_worker):
    assert app.test_client().post("/points").json == {"credited": 6}
    assert credit.delay(4).get(timeout=10) == 8
""",
        "-p",
        "celery.contrib.pytest",
        "--flaskctx=strict",
    )
    assert told.outcomes["passed"] == 1, told.output
    assert "failed" not in told.outcomes
    assert told.findings == []


def test_request_in_the_worker_is_found(watch: Watch) -> None:
    """A task that reads `request` in the worker's thread is found at its line."""
    told = watch(
        WORKER
        + """
@app.post("/greet")
def greeting():
    greet.delay().get(timeout=10, interval=0.01, propagate=False, disable_sync_subtasks=False)
    return "ok"

def test_greeting(celery_session_worker):
    assert app.test_client().post("/greet").text == "ok"
""",
        "-p",
        "celery.contrib.pytest",
    )
    assert told.outcomes["failed"] == 1, told.output
    assert told.places == [("FCX101", "new", "request", "{request.path}")] or told.places == [
        ("FCX101", "new", "request", "request.path")
    ]
