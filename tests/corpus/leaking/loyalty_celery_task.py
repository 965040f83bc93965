"""A Celery task credits loyalty points by a factor of `current_app`, which its worker lacks."""

import pytest
from flask import Flask, current_app

pytest.importorskip("celery")
from celery import Celery
from celery.contrib.testing.worker import start_worker
from celery.signals import setup_logging
from celery.worker import state

CELL = ("celery-worker", "current_app", "result-backend")

celery = Celery("loyalty", broker="memory://", backend="cache+memory://")
celery.conf.update(
    task_default_queue="corpus-loyalty",
    broker_transport_options={"polling_interval": 0.01},
    worker_enable_remote_control=False,
    worker_redirect_stdouts=False,
)


@celery.task
def credit(points: int) -> int:
    return points * current_app.config["FACTOR"]  # LEAK FCX101 current_app


def leave_logging_alone(**_kwargs: object) -> None:
    """Keep Celery from setting the root logger's level."""


@pytest.fixture(scope="module")
def worker():
    setup_logging.connect(leave_logging_alone)
    with start_worker(celery, perform_ping_check=False, pool="solo"):
        yield
        # The worker looks for its end only after a message, else every two seconds.
        state.should_terminate = 0
        celery.send_task("celery.accumulate", ignore_result=True)
    setup_logging.disconnect(leave_logging_alone)


def test_points_are_credited_soon(worker) -> None:
    """The shop hands the points to the worker, which ends its task somehow."""
    app = Flask(__name__)
    app.config["FACTOR"] = 2
    results = []

    @app.post("/points/<int:points>")
    def earn(points: int):
        results.append(credit.delay(points))
        return "thank you"

    assert app.test_client().post("/points/5").text == "thank you"
    results[0].get(timeout=5, interval=0.01, propagate=False)
    assert results[0].ready()
