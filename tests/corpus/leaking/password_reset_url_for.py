"""A reset mail's link is built with `url_for` in a bare app context that knows no server name."""

import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, request, url_for

CELL = ("submit", "url_for", "unread-future")

mail_pool = ThreadPoolExecutor(max_workers=1)
outbox: list[tuple[str, str]] = []

app = Flask(__name__)


def mail_link(address: str, token: str) -> None:
    with app.app_context():
        link = url_for("reset", token=token, _external=True)  # LEAK FCX101 url_for
        outbox.append((address, link))


@app.get("/reset/<token>")
def reset(token: str):
    return "choose a new password"


@app.post("/forgot")
def forgot():
    mail_pool.submit(mail_link, request.form["email"], secrets.token_hex(8))  # HANDOVER
    return "If we know you, a mail is on its way."


@pytest.fixture(scope="module", autouse=True)
def _mail_pool_closed():
    yield
    mail_pool.shutdown(wait=True)


def test_forgetting_tells_nothing() -> None:
    """The answer is the same for known and unknown addresses."""
    answers = {
        app.test_client().post("/forgot", data={"email": email}).text
        for email in ("ada@example.org", "nobody@example.org")
    }
    assert len(answers) == 1
