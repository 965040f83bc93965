"""A visit is recorded for nobody: `current_user` of Flask-Login is silently `None` in the pool."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

pytest.importorskip("flask_login")
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user

CELL = ("submit", "current_user", "silent-none")

pool = ThreadPoolExecutor(max_workers=1)
visits: list[tuple[object, str]] = []


class User(UserMixin):
    def __init__(self, id: str) -> None:
        self.id = id


def record(page: str) -> None:
    who = getattr(current_user, "id", None)  # LEAK FCX101 current_user
    visits.append((who, page))


@pytest.fixture
def client():
    app = Flask(__name__)
    app.secret_key = "visits"
    LoginManager(app).user_loader(User)

    @app.post("/login/<name>")
    def login(name: str):
        return {"ok": login_user(User(name))}

    @app.get("/pages/<page>")
    @login_required
    def show(page: str):
        pool.submit(record, page)  # HANDOVER
        return page

    return app.test_client()


@pytest.fixture(scope="module", autouse=True)
def _pool_closed():
    yield
    pool.shutdown(wait=True)


def test_members_see_pages(client) -> None:
    """Whoever has logged in sees the page."""
    client.post("/login/ada")
    assert client.get("/pages/home").text == "home"
