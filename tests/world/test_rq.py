"""RQ: a synchronous queue, and a worker that a test runs in its own thread."""

from __future__ import annotations

import pytest
from telling_runs import Watch

pytest.importorskip("rq")
pytest.importorskip("fakeredis")

APP = """\
import fakeredis, pytest
from flask import Flask, current_app, request
from rq import Queue, SimpleWorker

app = Flask(__name__)
app.config["SIZE"] = 2
store = fakeredis.FakeStrictRedis()

def resize(name):
    return f"{name} for {request.path}"

def measure(name):
    with app.app_context():
        return len(name) * current_app.config["SIZE"]

@app.get("/<task>/<name>")
def ask(task, name):
    queue = Queue(is_async=task.endswith("later"), connection=store)
    job = queue.enqueue(measure if task.startswith("measure") else resize, name)
    if queue.is_async:
        SimpleWorker([queue], connection=store).work(burst=True)
    return str(job.latest_result().return_value)

def fetch(path):
    return app.test_client().get(path).text
"""


@pytest.mark.parametrize("task", ["resize", "resize-later"])
def test_a_job_that_runs_at_once(watch: Watch, task: str) -> None:
    """It reads the request of who enqueued it, or of who ran the worker, in the same thread."""
    told = watch(
        APP + f'\ndef test_it():\n    assert fetch("/{task}/sea") == "sea for /{task}/sea"\n',
        "--flaskctx=strict",
    )
    assert told.outcomes == {"failed": 1}, told.output
    assert told.places == [("FCX208", "new", "request", "request.path")]
    assert told.findings[0]["origin"]["kind"] == "eager"
    called = {"resize": "queue.enqueue(", "resize-later": "SimpleWorker("}[task]
    assert told.findings[0]["origin"]["expression"].startswith(called)


@pytest.mark.parametrize("task", ["measure", "measure-later"])
def test_a_job_with_a_context_of_its_own(watch: Watch, task: str) -> None:
    """It is right, wherever it runs."""
    told = watch(
        APP + f'\ndef test_it():\n    assert fetch("/{task}/sea") == "6"\n', "--flaskctx=strict"
    )
    assert told.outcomes == {"passed": 1}, told.output
    assert told.findings == [], told.places
