from typing import Any

from flask.testing import FlaskClient

from account import leak, repaired


def visit(client: FlaskClient, token: str) -> str:
    return client.get("/account", headers={"X-User": token}).text


def test_one_after_the_other() -> None:
    """The leak does not show, however many requests there are."""
    for user in ("Ann", "Bob", "Ann"):
        assert visit(leak.app.test_client(), user) == f"Account of {user}"


def test_leak(flask_ctx_isolation: Any) -> None:
    """Green with `--flaskctx=off`: each request is served alone."""
    flask_ctx_isolation(visit, app=leak.app)


def test_repaired(flask_ctx_isolation: Any) -> None:
    """Each request has a `g` of its own."""
    flask_ctx_isolation(visit, app=repaired.app)
