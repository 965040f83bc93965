"""Workers get one application context, and only look at the application in it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

MUTANT = "value-passed"


def setting(context, name):
    return context.app.config[name]


@pytest.fixture
def client():
    app = Flask(__name__)
    app.config.update(HOST="db", PORT=5432)
    pool = ThreadPoolExecutor(max_workers=2)

    @app.get("/settings")
    def settings():
        context = app.app_context()
        return [pool.submit(setting, context, name).result() for name in ("HOST", "PORT")]

    yield app.test_client()
    pool.shutdown(wait=True)


def test_settings_are_read(client) -> None:
    """Nothing is pushed for it."""
    assert client.get("/settings").json == ["db", 5432]
