"""A gateway's test holds the gateway's context while it asks the application behind it."""

import pytest
from flask import Flask, current_app, g
from werkzeug.middleware.dispatcher import DispatcherMiddleware

MUTANT = "outer-context"

gateway = Flask("gateway")
behind = Flask("behind")


@behind.get("/who")
def who():
    return {"app": current_app.name, "tenant": g.get("tenant")}


@pytest.fixture
def configured():
    with gateway.app_context():
        g.tenant = "north"
        yield


@pytest.mark.usefixtures("configured")
def test_the_app_behind_has_a_context_of_its_own() -> None:
    """What the gateway's context holds, the application behind it does not see."""
    served = DispatcherMiddleware(gateway.wsgi_app, {"/behind": behind.wsgi_app})
    front = Flask("front")
    front.wsgi_app = served  # type: ignore[method-assign]
    assert front.test_client().get("/behind/who").json == {"app": "behind", "tenant": None}
