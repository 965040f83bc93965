"""The second phase begins when the block around the first one's pool has ended."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, copy_current_request_context, request

MUTANT = "handed-twice"


@pytest.fixture
def client():
    app = Flask(__name__)

    @app.post("/census/<town>")
    def census(town):
        log = []

        @copy_current_request_context
        def note(phase):
            log.append(f"{phase} {request.view_args['town']}")

        with ThreadPoolExecutor(max_workers=2) as pool:
            pool.submit(note, "visit")
        with ThreadPoolExecutor(max_workers=2) as pool:
            pool.submit(note, "count")
        return log

    return app.test_client()


def test_visits_come_first(client) -> None:
    """The phases come in their order."""
    assert client.post("/census/Ghent").json == ["visit Ghent", "count Ghent"]
