"""A Celery worker runs each task in an app context of its own, as Flask's manual advises."""

from typing import Any

import pytest
from flask import Flask, current_app, request

pytest.importorskip("celery")
from celery import Celery, Task
from celery.contrib.testing.worker import start_worker
from celery.signals import setup_logging
from celery.worker import state

MUTANT = "celery-worker"

app = Flask(__name__)
app.config["FACTOR"] = 2


class ContextTask(Task):
    """A task that runs in an app context."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with app.app_context():
            return self.run(*args, **kwargs)


celery = Celery("points", broker="memory://", backend="cache+memory://", task_cls=ContextTask)
celery.conf.update(
    task_default_queue="corpus-points",
    broker_transport_options={"polling_interval": 0.01},
    worker_enable_remote_control=False,
    worker_redirect_stdouts=False,
)


@celery.task
def credit(points: int) -> int:
    return points * current_app.config["FACTOR"]


def leave_logging_alone(**_kwargs: object) -> None:
    """Keep Celery from setting the root logger's level."""


@pytest.fixture(scope="module")
def celery_worker():
    setup_logging.connect(leave_logging_alone)
    with start_worker(celery, perform_ping_check=False, pool="solo") as worker:
        yield worker
        # The worker looks for its end only after a message, else every two seconds.
        state.should_terminate = 0
        credit.delay(0)
    setup_logging.disconnect(leave_logging_alone)


@pytest.fixture
def client():
    return app.test_client()


@app.post("/points")
def earn():
    result = credit.delay(int(request.form["points"]))
    return {"credited": result.get(timeout=5, interval=0.01)}


@pytest.mark.parametrize(("points", "credited"), [(5, 10), (0, 0)])
def test_points_are_credited(celery_worker, client, points: int, credited: int) -> None:
    """Points are credited by the app's own factor."""
    assert client.post("/points", data={"points": points}).json == {"credited": credited}
