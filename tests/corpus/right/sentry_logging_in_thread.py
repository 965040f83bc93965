"""A worker only logs an error; sentry-sdk then asks Flask-Login for a user, on its own account."""

import logging
import threading
from typing import Any

import pytest
from flask import Flask

sentry_sdk = pytest.importorskip("sentry_sdk")
pytest.importorskip("flask_login")
from flask_login import LoginManager, UserMixin, current_user, login_required
from sentry_sdk.integrations.flask import FlaskIntegration
from sentry_sdk.transport import Transport

MUTANT = "library-as-user"

pytestmark = pytest.mark.filterwarnings("ignore:The send_default_pii:DeprecationWarning")

log = logging.getLogger("sentry_logging_in_thread")


class KeptEvents(Transport):
    """Keeps what else would be sent."""

    events: list[dict[str, Any]] = []

    def capture_envelope(self, envelope: Any) -> None:
        if (event := envelope.get_event()) is not None:
            self.events.append(event)


class Customer(UserMixin):
    id = "ada"


@pytest.fixture(scope="module")
def sentry():
    sentry_sdk.init(
        dsn="https://key@sentry.example/1",
        transport=KeptEvents,
        integrations=[FlaskIntegration()],
        auto_enabling_integrations=False,
        send_default_pii=True,
    )
    yield KeptEvents.events
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


def recalculate(order: int) -> None:
    log.error("order %d does not add up", order)


def test_error_of_a_worker_is_reported(sentry) -> None:
    """What a worker logs as an error becomes one event."""
    app = Flask(__name__)
    app.secret_key = "sentry"
    LoginManager(app).request_loader(lambda req: Customer())

    @app.post("/orders/<int:order>")
    @login_required
    def change(order: int):
        thread = threading.Thread(target=recalculate, args=(order,))
        thread.start()
        thread.join()
        return current_user.id

    assert app.test_client().post("/orders/5").text == "ada"
    assert [event["logentry"]["message"] for event in sentry] == ["order %d does not add up"]
