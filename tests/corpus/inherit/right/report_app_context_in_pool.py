"""A long-lived worker, started by the first request, pushes an application context for each job."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, current_app, g

MUTANT = "no-own-context"

jobs = ThreadPoolExecutor(max_workers=1)
app = Flask(__name__)
app.config["FORMAT"] = "pdf"


def report(name: str) -> str:
    with app.app_context():
        g.name = name
        return f"{g.name}.{current_app.config['FORMAT']}"


@app.get("/reports/<name>")
def make(name: str):
    return jobs.submit(report, name).result(timeout=5)


@pytest.fixture(scope="module", autouse=True)
def _jobs_closed():
    yield
    jobs.shutdown()


def test_reports() -> None:
    """Each report has its own name."""
    client = app.test_client()
    assert [client.get(f"/reports/{name}").text for name in "ab"] == ["a.pdf", "b.pdf"]
