"""A badge is mailed to `current_user.email` from a thread, which dies with an `AttributeError`."""

import threading

import pytest
from flask import Flask, request

flask_login = pytest.importorskip("flask_login")

CELL = ("thread", "current_user", "thread-excepthook")

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")

mails: list[str] = []


class Member(flask_login.UserMixin):
    def __init__(self, id: str) -> None:
        self.id = id
        self.email = f"{id}@club.example"


def mail_badge() -> None:
    mails.append("badge for " + flask_login.current_user.email)  # LEAK FCX101 current_user


def create_app() -> Flask:
    app = Flask(__name__)
    app.secret_key = "badges"
    manager = flask_login.LoginManager()
    manager.init_app(app)

    @manager.request_loader
    def load(req) -> Member | None:
        return Member(req.authorization.username) if req.authorization else None

    @app.post("/badges")
    @flask_login.login_required
    def award():
        threading.Thread(target=mail_badge, name="badge-mail").start()  # HANDOVER
        return f"awarded to {request.authorization.username}"

    return app


@pytest.fixture(autouse=True)
def _mail_done():
    yield
    for thread in threading.enumerate():
        if thread.name == "badge-mail":
            thread.join()


def test_award_names_the_member() -> None:
    """The award names who earned it."""
    response = create_app().test_client().post("/badges", auth=("grace", "x"))
    assert response.text == "awarded to grace"
