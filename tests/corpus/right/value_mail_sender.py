"""The welcome mail's thread is given sender and address, both read by the view that starts it."""

import threading

import pytest
from flask import Flask, current_app, request

MUTANT = "value-passed"


@pytest.fixture
def outbox():
    letters: list[tuple[str, str]] = []
    yield letters
    for thread in threading.enumerate():
        if thread.name == "value-mail":
            thread.join()
    assert letters == [("hello@shop.example", "ada@example.org")]


@pytest.fixture
def app(outbox):
    app = Flask(__name__)
    app.config["MAIL_SENDER"] = "hello@shop.example"

    def send_welcome(sender: str, address: str) -> None:
        outbox.append((sender, address))

    @app.post("/signup")
    def signup():
        arguments = (current_app.config["MAIL_SENDER"], request.form["email"])
        threading.Thread(target=send_welcome, args=arguments, name="value-mail").start()
        return "", 201

    return app


def test_signup(app) -> None:
    """Signing up is answered before the mail is sent."""
    response = app.test_client().post("/signup", data={"email": "ada@example.org"})
    assert response.status_code == 201
