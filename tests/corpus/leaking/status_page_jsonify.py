"""A status page lets its pool build the answer by `jsonify`; the view turns the error into 500."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, jsonify
from flask.views import View

CELL = ("submit", "jsonify", "raised-to-view")

probes = ThreadPoolExecutor(max_workers=2)


def probe(service: str):
    return jsonify(service=service, up=True)  # LEAK FCX101 current_app


class Status(View):
    """Shows whether a service is up."""

    init_every_request = False

    def dispatch_request(self, service: str):
        future = probes.submit(probe, service)  # HANDOVER
        return future.result(timeout=5)


@pytest.fixture(scope="module", autouse=True)
def _probes_closed():
    yield
    probes.shutdown(wait=True)


def test_unknown_status() -> None:
    """A status that cannot be told is a server error."""
    app = Flask(__name__)
    app.add_url_rule("/status/<service>", view_func=Status.as_view("status"))
    response = app.test_client().get("/status/db")
    assert response.status_code == 500
