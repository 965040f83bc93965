"""Points are booked in a pool for `current_user`, whom Flask-Login keeps on `g`."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from flask import Flask

login = pytest.importorskip("flask_login")

CELL = ("submit", "current_user", "served-to-another")

booking = ThreadPoolExecutor(max_workers=1)
points: dict[str, int] = {}


class Customer(login.UserMixin):
    def __init__(self, name: str) -> None:
        self.id = name


def book(amount: int) -> None:
    name = login.current_user.id  # LEAK FCX202 current_user
    points[name] = points.get(name, 0) + amount


def create_app() -> Flask:
    app = Flask(__name__)
    app.secret_key = "points"
    login.LoginManager(app).user_loader(Customer)

    @app.post("/login/<name>")
    def sign_in(name: str):
        login.login_user(Customer(name))
        return "", 204

    @app.post("/buy/<int:amount>")
    @login.login_required
    def buy(amount: int):
        wait([booking.submit(book, amount)])  # HANDOVER
        return "", 204

    return app


@pytest.fixture(scope="module", autouse=True)
def _booking_closed():
    yield
    booking.shutdown()


def test_points_are_booked() -> None:
    """Points are booked for what two customers buy."""
    app = create_app()
    for name in ("carla", "dan"):
        client = app.test_client()
        client.post(f"/login/{name}")
        assert client.post("/buy/5").status_code == 204
    assert sum(points.values()) == 10
