"""A feed hands `current_user` itself to the pool, where the proxy has turned into nobody."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

pytest.importorskip("flask_login")
from flask_login import LoginManager, UserMixin, current_user

CELL = ("submit", "current_user", "logged")

log = logging.getLogger("activity")
feed: list[str] = []


class Person(UserMixin):
    def __init__(self, id: str) -> None:
        self.id = id

    def display_name(self) -> str:
        return self.id.title()


def post_activity(person: Person, verb: str) -> None:
    try:
        feed.append(f"{person.display_name()} {verb}")  # LEAK FCX101 current_user
    except Exception as error:
        log.error("activity lost: %s", error)


@pytest.fixture
def app():
    app = Flask(__name__)
    app.secret_key = "feed"
    LoginManager(app).request_loader(lambda req: Person(req.headers["X-User"]))
    executor = ThreadPoolExecutor(max_workers=1)

    @app.post("/like")
    def like():
        executor.submit(post_activity, current_user, "likes this")  # HANDOVER
        return {"liked_by": current_user.id}

    yield app
    executor.shutdown(wait=True)


def test_like_is_counted(app) -> None:
    """A like names who liked."""
    response = app.test_client().post("/like", headers={"X-User": "ada"})
    assert response.json == {"liked_by": "ada"}
