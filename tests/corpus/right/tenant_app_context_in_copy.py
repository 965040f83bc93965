"""A tenant's export pushes an app context of its own inside the copied one, after the request."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from flask import Flask, current_app, g

MUTANT = "no-own-context"

pool = ThreadPoolExecutor(max_workers=1)
answered = threading.Event()
exports: list[str] = []

app = Flask("tenants")


def export(tenant: str) -> None:
    answered.wait(5)
    with app.app_context():
        g.tenant = tenant
        exports.append(f"{current_app.name}: {g.tenant}")


@app.post("/exports/<tenant>")
def begin(tenant: str):
    g.tenant = f"{tenant} of the request"
    pool.submit(copy_context().run, export, tenant)
    return g.tenant


@pytest.fixture(scope="module", autouse=True)
def _pool_closed():
    yield
    answered.set()
    pool.shutdown(wait=True)
    assert exports == ["tenants: acme"]


@pytest.mark.flask_ctx_allow("FCX204", reason="the export has a context of its own")
def test_export_begins() -> None:
    """The export has a `g` of its own."""
    response = app.test_client().post("/exports/acme")
    answered.set()
    assert response.text == "acme of the request"
