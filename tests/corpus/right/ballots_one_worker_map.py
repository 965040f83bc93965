"""A pool of one worker pushes the copied context once for each ballot, one after the other."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, copy_current_request_context, request

MUTANT = "handed-twice"


@pytest.fixture
def client():
    app = Flask(__name__)
    clerk = ThreadPoolExecutor(max_workers=1, thread_name_prefix="clerk")

    @app.post("/ballots")
    def count():
        @copy_current_request_context
        def valid(ballot):
            return ballot in request.args.getlist("candidate")

        return {"valid": sum(clerk.map(valid, request.json))}

    yield app.test_client()
    clerk.shutdown(wait=True)


def test_ballots_are_counted(client) -> None:
    """Ballots for nobody on the list do not count."""
    answer = client.post("/ballots?candidate=ada&candidate=bob", json=["ada", "eve", "bob", "ada"])
    assert answer.json == {"valid": 3}
