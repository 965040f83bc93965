"""A fixture and a cached factory import proxies under other names; their jobs open contexts."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest

MUTANT = "proxy-in-scope"

pool = ThreadPoolExecutor(max_workers=1)


@cache
def create_app():
    from flask import Flask
    from flask import session as flask_session

    app = Flask("lighthouse")
    app.secret_key = "lamp"

    def lit() -> bool:
        with app.test_request_context():
            return "lamp" in flask_session

    @app.get("/lamp")
    def lamp():
        return {"lit": pool.submit(lit).result(timeout=5)}

    return app


@pytest.fixture
def app():
    from flask import g as flask_g

    app = create_app()

    def keep() -> str:
        with app.app_context():
            flask_g.keeper = "Ida"
            return flask_g.keeper

    if "keeper" not in app.view_functions:
        app.add_url_rule("/keeper", "keeper", lambda: pool.submit(keep).result(timeout=5))
    return app


def test_the_lamp_and_its_keeper(app) -> None:
    """The lamp is out, and Ida keeps it."""
    assert app.test_client().get("/lamp").json == {"lit": False}
    assert app.test_client().get("/keeper").text == "Ida"


def test_a_name_imported_in_a_test(app) -> None:
    """The test is running as its view's job opens a context."""
    from flask import Flask
    from flask import session as flask_session

    tower = Flask("tower")
    tower.secret_key = "stairs"

    def climbed() -> bool:
        with tower.test_request_context():
            return "top" in flask_session

    tower.add_url_rule("/", "top", lambda: str(pool.submit(climbed).result(timeout=5)))
    assert tower.test_client().get("/").text == "False"
