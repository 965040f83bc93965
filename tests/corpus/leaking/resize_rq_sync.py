"""Pictures are resized by RQ, on a queue that tests make synchronous; the job asks the request."""

import pytest
from flask import Flask, request

pytest.importorskip("rq")
fakeredis = pytest.importorskip("fakeredis")
from rq import Queue

CELL = ("rq-sync", "request", "answered-in-test")

app = Flask(__name__)
sizes: dict[str, tuple[int, int]] = {}


class Resizer:
    """What the jobs do."""

    @staticmethod
    def resize(picture: str, *, width: int) -> None:
        sizes[picture] = (width, width * 3 // 4 if _landscape() else width)


def _landscape() -> bool:
    return "landscape" in request.form  # LEAK FCX208 request


@app.post("/pictures/<name>")
def upload(name: str):
    queue = app.extensions["queue"]
    job = queue.enqueue(Resizer.resize, name, width=400, job_timeout=30)  # HANDOVER
    return {"job": job.get_status()}


@pytest.fixture
def client():
    app.extensions["queue"] = Queue(is_async=False, connection=fakeredis.FakeStrictRedis())
    sizes.clear()
    return app.test_client()


@pytest.mark.parametrize(("form", "height"), [({"landscape": "on"}, 300), ({}, 400)])
def test_sizes(client, form: dict[str, str], height: int) -> None:
    """A landscape is lower than it is wide."""
    assert client.post("/pictures/sea", data=form).json == {"job": "finished"}
    assert sizes == {"sea": (400, height)}
