"""Celery's worker in a thread of the test process, as its pytest plugin starts it."""

from __future__ import annotations

import pytest
from telling_runs import Watch

pytest.importorskip("celery")

WORKER = """\
import pytest
from flask import Flask, current_app, g, request
from celery import Celery, Task
from celery.worker import state

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

@pytest.fixture(scope="session", autouse=True)
def soon_over(celery_session_worker):
    yield
    # The worker looks for its end only after a message, else every two seconds.
    state.should_terminate = 0
    credit.delay(0)
"""


def test_only_the_task_without_a_context_is_found(watch: Watch) -> None:
    """In `celery_worker`'s thread a task with an app context of its own is right, and one that
    reads `request` is found at its line.
    """
    told = watch(
        WORKER
        + """
@app.post("/points")
def earn():
    return {"credited": credit.delay(3).get(timeout=10, interval=0.01)}

@app.post("/greet")
def greeting():
    greet.delay().get(timeout=10, interval=0.01, propagate=False)
    return "ok"

def test_credit():
    assert app.test_client().post("/points").json == {"credited": 6}
    assert credit.delay(4).get(timeout=10) == 8

def test_greeting():
    assert app.test_client().post("/greet").text == "ok"
""",
        "-p",
        "celery.contrib.pytest",
        "--flaskctx=strict",
    )
    assert (told.outcomes["passed"], told.outcomes["failed"]) == (1, 1), told.output
    (found,) = told.findings
    assert (found["code"], found["proxy"], found["function"]) == ("FCX101", "request", "greet")
    assert [test.rpartition("::")[2] for test in found["tests"]] == ["test_greeting"]
