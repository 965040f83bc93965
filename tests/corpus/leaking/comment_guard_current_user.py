"""A spam check asks `if current_user` in the pool, where everybody looks anonymous."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, request

pytest.importorskip("flask_login")
from flask_login import LoginManager, UserMixin, current_user

CELL = ("submit", "current_user", "guard")

suspicious: list[str] = []


class Author(UserMixin):
    id = "ada"


def check(text: str) -> None:
    if not current_user:  # LEAK FCX102 current_user
        suspicious.append(text)


@pytest.fixture
def client():
    app = Flask(__name__)
    app.secret_key = "comments"
    LoginManager(app).request_loader(lambda req: Author())
    pool = ThreadPoolExecutor(max_workers=2)

    @app.post("/comments")
    def comment():
        pool.submit(check, request.form["text"])  # HANDOVER
        return current_user.id

    yield app.test_client()
    pool.shutdown(wait=True)


def test_comment_has_an_author(client) -> None:
    """A comment is kept under its author's name."""
    assert client.post("/comments", data={"text": "nice"}).text == "ada"
