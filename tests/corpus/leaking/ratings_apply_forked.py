"""A rating is computed by `Pool.apply`; `session` there is that of another visitor."""

import multiprocessing

import pytest
from flask import Flask, session
from flask.views import MethodView

if "fork" not in multiprocessing.get_all_start_methods():
    pytest.skip("processes are not forked here", allow_module_level=True)

CELL = ("pool-apply", "session", "served-to-another")


def rate(stars: int) -> dict[str, object]:
    visitor = session.get("visitor", "somebody")  # LEAK FCX202 session
    return {"visitor": visitor, "stars": stars}


class Ratings(MethodView):
    pool = None

    def post(self, visitor: str, stars: int):
        session["visitor"] = visitor
        if Ratings.pool is None:
            Ratings.pool = multiprocessing.get_context("fork").Pool(processes=1)
        return Ratings.pool.apply(rate, kwds={"stars": stars})  # HANDOVER


@pytest.fixture
def app():
    app = Flask(__name__)
    app.secret_key = "ratings"
    app.add_url_rule("/<visitor>/<int:stars>", view_func=Ratings.as_view("ratings"))
    yield app
    Ratings.pool.terminate()
    Ratings.pool.join()
    Ratings.pool = None


def test_stars_are_counted(app) -> None:
    """Stars come back as they were given."""
    given = {"ada": 5, "bob": 1}
    for visitor, stars in given.items():
        assert app.test_client().post(f"/{visitor}/{stars}").json["stars"] == stars
