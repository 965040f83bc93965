"""A moderation job asks a Flask-Principal permission in the pool, where `g` has no identity."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

principal = pytest.importorskip("flask_principal")

CELL = ("submit", "principal.permission", "fallback-value")

moderators = principal.Permission(principal.RoleNeed("moderator"))
hidden: list[int] = []


def hide(comment: int) -> bool:
    try:
        allowed = moderators.can()  # LEAK FCX101 g
    except Exception:
        allowed = False
    if allowed:
        hidden.append(comment)
    return allowed


@pytest.fixture
def client():
    app = Flask(__name__)
    app.secret_key = "moderation"
    principals = principal.Principal(app, use_sessions=False)

    @principals.identity_loader
    def load():
        identity = principal.Identity("eve")
        identity.provides.add(principal.RoleNeed("moderator"))
        return identity

    with ThreadPoolExecutor(max_workers=1) as jobs:

        @app.delete("/comments/<int:comment>")
        def remove(comment: int):
            job = jobs.submit(hide, comment)  # HANDOVER
            return {"hidden": job.result(timeout=5)}

        yield app.test_client()


def test_removal_is_answered(client) -> None:
    """The view tells whether the comment was hidden."""
    assert client.delete("/comments/3").status_code == 200
