"""The first request starts a worker, which then waits on its queue until the fixture closes it."""

import queue
import threading

import pytest
from flask import Flask, request

MUTANT = "any-task-waits"


class Thumbnailer:
    def __init__(self) -> None:
        self.jobs: queue.Queue[str | None] = queue.Queue()
        self.done: list[str] = []
        self.thread: threading.Thread | None = None

    def add(self, name: str) -> None:
        if self.thread is None:
            self.thread = threading.Thread(target=self.work)
            self.thread.start()
        self.jobs.put(name)

    def work(self) -> None:
        while (name := self.jobs.get()) is not None:
            self.done.append(f"small-{name}")
            self.jobs.task_done()

    def close(self) -> None:
        if self.thread is not None:
            self.jobs.put(None)
            self.thread.join()


@pytest.fixture
def thumbnailer():
    worker = Thumbnailer()
    yield worker
    worker.close()


@pytest.fixture
def client(thumbnailer):
    app = Flask(__name__)

    @app.post("/pictures")
    def upload():
        thumbnailer.add(request.form["name"])
        return "", 202

    return app.test_client()


def test_two_pictures_one_worker(client, thumbnailer) -> None:
    """Both pictures are made small by the one worker."""
    for name in ("cat", "dog"):
        client.post("/pictures", data={"name": name})
    thumbnailer.jobs.join()
    assert thumbnailer.done == ["small-cat", "small-dog"]
