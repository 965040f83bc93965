"""A pool task captures its own exception; the user that sentry-sdk looks for is sentry's affair."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask

sentry_sdk = pytest.importorskip("sentry_sdk")
flask_login = pytest.importorskip("flask_login")
from sentry_sdk.integrations.flask import FlaskIntegration
from sentry_sdk.transport import Transport

MUTANT = "library-as-user"

pytestmark = pytest.mark.filterwarnings("ignore:The send_default_pii:DeprecationWarning")


class Captured(Transport):
    values: list[str] = []

    def capture_envelope(self, envelope: Any) -> None:
        event = envelope.get_event()
        if event is not None:
            self.values += [entry["value"] for entry in event["exception"]["values"]]


def parse(number: str) -> int:
    try:
        return int(number)
    except ValueError as error:
        sentry_sdk.capture_exception(error)
        return 0


@pytest.fixture(scope="module")
def captured():
    sentry_sdk.init(
        dsn="https://key@sentry.example/2",
        transport=Captured,
        integrations=[FlaskIntegration()],
        auto_enabling_integrations=False,
        send_default_pii=True,
    )
    yield Captured.values
    sentry_sdk.get_client().close()
    sentry_sdk.get_global_scope().set_client(None)


@pytest.fixture
def client(captured):
    app = Flask(__name__)
    app.secret_key = "capture"
    flask_login.LoginManager(app).user_loader(lambda user_id: None)

    @app.get("/sum/<a>/<b>")
    def add(a: str, b: str):
        with ThreadPoolExecutor(max_workers=2) as pool:
            return {"sum": sum(pool.map(parse, [a, b]))}

    return app.test_client()


def test_bad_number_is_captured(client, captured) -> None:
    """A number that is none counts zero, and its error is captured."""
    assert client.get("/sum/4/four").json == {"sum": 4}
    assert captured == ["invalid literal for int() with base 10: 'four'"]
