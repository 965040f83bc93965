"""A webhook is delivered by a `Timer` that takes the signature from the headers of `request`."""

import threading

import flask
import pytest

CELL = ("timer", "request", "thread-excepthook")

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")

delivered: list[str] = []
deliveries: list[threading.Timer] = []

hooks = flask.Blueprint("hooks", __name__, url_prefix="/hooks")


def deliver(url: str) -> None:
    signature = flask.request.headers.get("X-Signature", "none")  # LEAK FCX101 request
    delivered.append(f"{url}#{signature}")


@hooks.post("/push")
def push():
    delivery = threading.Timer(0.02, deliver, args=["https://ci.example/build"])
    deliveries.append(delivery)
    delivery.start()  # HANDOVER
    return "scheduled"


@pytest.fixture
def client():
    app = flask.Flask(__name__)
    app.register_blueprint(hooks)
    yield app.test_client()
    for delivery in deliveries:
        delivery.join()


def test_push_is_scheduled(client) -> None:
    """A push only schedules its delivery."""
    assert client.post("/hooks/push", headers={"X-Signature": "abc"}).text == "scheduled"
