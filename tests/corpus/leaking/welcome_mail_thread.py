"""A sign-up view mails its greeting from a thread that reads the sender from `current_app`."""

import threading

import pytest
from flask import Flask, current_app, request

CELL = ("thread", "current_app", "thread-excepthook")

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")

outbox: list[dict[str, str]] = []


def send_welcome(address: str) -> None:
    outbox.append(
        {
            "to": address,
            "from": current_app.config["MAIL_SENDER"],  # LEAK FCX101 current_app
            "subject": "Welcome aboard",
        }
    )


def create_app() -> Flask:
    app = Flask(__name__)
    app.config["MAIL_SENDER"] = "hello@shop.example"

    @app.post("/signup")
    def signup():
        address = request.form["email"]
        mailer = threading.Thread(target=send_welcome, args=(address,), name="welcome-mail")
        mailer.start()  # HANDOVER
        return f"Welcome, {address}", 201

    return app


@pytest.fixture(autouse=True)
def _mailers_done():
    yield
    for thread in threading.enumerate():
        if thread.name == "welcome-mail":
            thread.join()


def test_signup_answers_at_once() -> None:
    """Signing up is answered before the mail goes out."""
    response = create_app().test_client().post("/signup", data={"email": "ada@example.org"})
    assert response.status_code == 201
