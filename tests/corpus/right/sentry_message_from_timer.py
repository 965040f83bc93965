"""A `Timer` sends a message to sentry-sdk, whose Flask hooks look for request and user there."""

import threading
from typing import Any

import pytest
from flask import Blueprint, Flask, session

sdk = pytest.importorskip("sentry_sdk")
login = pytest.importorskip("flask_login")
from sentry_sdk.integrations.flask import FlaskIntegration
from sentry_sdk.transport import Transport

MUTANT = "library-as-user"

pytestmark = pytest.mark.filterwarnings("ignore:The send_default_pii:DeprecationWarning")

oven = Blueprint("oven", __name__)
messages: list[str] = []
timers: list[threading.Timer] = []


class Messages(Transport):
    def capture_envelope(self, envelope: Any) -> None:
        event = envelope.get_event()
        if event is not None:
            messages.append(event["message"])


def done(dish: str) -> None:
    sdk.capture_message(f"{dish} is done", level="warning")


@oven.post("/bake/<dish>")
def bake(dish: str):
    session["dish"] = dish
    timers.append(threading.Timer(0.01, done, kwargs={"dish": session["dish"]}))
    timers[-1].start()
    return "baking"


@pytest.fixture
def kitchen():
    sdk.init(
        dsn="https://key@sentry.example/3",
        transport=Messages,
        integrations=[FlaskIntegration()],
        auto_enabling_integrations=False,
        send_default_pii=True,
    )
    app = Flask(__name__)
    app.secret_key = "oven"
    login.LoginManager(app).user_loader(lambda user_id: None)
    app.register_blueprint(oven)
    yield app.test_client()
    sdk.get_client().close()
    sdk.get_global_scope().set_client(None)


def test_dish_is_announced(kitchen) -> None:
    """A dish is announced when its time is over."""
    assert kitchen.post("/bake/bread").text == "baking"
    for timer in timers:
        timer.join()
    assert messages == ["bread is done"]
