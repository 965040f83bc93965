"""Visits are recorded for the id of the user whom the view knows, and no proxy leaves the view."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

pytest.importorskip("flask_login")
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user

MUTANT = "value-passed"


class User(UserMixin):
    def __init__(self, id: str) -> None:
        self.id = id


@pytest.fixture
def visits():
    return []


@pytest.fixture
def client(visits):
    app = Flask(__name__)
    app.secret_key = "visits"
    LoginManager(app).user_loader(User)
    pool = ThreadPoolExecutor(max_workers=1)

    def record(user_id: str, page: str) -> None:
        visits.append((user_id, page))

    @app.post("/login/<name>")
    def login(name: str):
        return {"ok": login_user(User(name))}

    @app.get("/pages/<page>")
    @login_required
    def show(page: str):
        pool.submit(record, current_user.get_id(), page)
        return page

    yield app.test_client()
    pool.shutdown(wait=True)
    assert visits == [("ada", "home")]


def test_members_see_pages(client) -> None:
    """Whoever has logged in sees the page."""
    client.post("/login/ada")
    assert client.get("/pages/home").text == "home"
