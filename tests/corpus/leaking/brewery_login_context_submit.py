"""A brewery's cellar asks `current_user` for the brewer, in a context whose request is over."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from flask import Flask

flask_login = pytest.importorskip("flask_login")

CELL = ("submit", "current_user", "no-error")

cellar = ThreadPoolExecutor(max_workers=1)
answered = threading.Event()
labelled = threading.Event()
labels: list[str] = []


class Brewer(flask_login.UserMixin):
    def __init__(self, name: str) -> None:
        self.id = name


def label(batch: int) -> None:
    answered.wait(5)
    labels.append(f"{batch} by {flask_login.current_user.id}")  # LEAK FCX201 current_user
    labelled.set()


@pytest.fixture
def client():
    app = Flask(__name__)
    app.secret_key = "hops"
    manager = flask_login.LoginManager(app)
    manager.request_loader(lambda request: Brewer(request.headers["X-Brewer"]))

    @app.post("/batches/<int:batch>")
    @flask_login.login_required
    def brew(batch: int):
        cellar.submit(copy_context().run, label, batch)  # HANDOVER
        return "in six weeks"

    yield app.test_client()
    answered.set()
    cellar.shutdown(wait=True)


def test_batch_is_labelled(client) -> None:
    """A batch bears its brewer's name."""
    assert client.post("/batches/7", headers={"X-Brewer": "Jo"}).text == "in six weeks"
    answered.set()
    assert labelled.wait(5)
    assert labels == ["7 by Jo"]
