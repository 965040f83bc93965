"""A fork server's child renders a report in a request context that it makes itself."""

import multiprocessing

import pytest
from flask import Flask, request

if "forkserver" not in multiprocessing.get_all_start_methods():
    pytest.skip("there is no fork server here", allow_module_level=True)

MUTANT = "value-passed"


def create_app() -> Flask:
    return Flask(__name__)


def render(query: str) -> str:
    with create_app().test_request_context(f"/?{query}"):
        return f"Report on {request.args['topic']}"


@pytest.fixture
def client():
    app = create_app()
    with multiprocessing.get_context("forkserver").Pool(1) as pool:

        @app.get("/report")
        def report():
            return pool.apply_async(render, (request.query_string.decode(),)).get()

        yield app.test_client()


def test_report_is_on_its_topic(client) -> None:
    """The query goes along as text."""
    assert client.get("/report?topic=rain").text == "Report on rain"
