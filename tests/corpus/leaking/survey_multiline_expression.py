"""A survey's summary is one long `format` call, made in a pool of the view's own, where `g` is
missing.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, g

CELL = ("submit", "g", "unread-future")


@pytest.fixture
def summaries() -> list[str]:
    return []


@pytest.fixture
def client(summaries):
    app = Flask(__name__)

    def summarise(answers: list[int]) -> None:
        summaries.append(
            "{count} answers to {survey}".format(
                count=len(answers),
                survey=g.survey,  # LEAK FCX101 g
            )
        )

    @app.before_request
    def find_survey() -> None:
        g.survey = "tea or coffee"

    @app.post("/surveys/close")
    def close():
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="survey") as pool:
            pool.submit(summarise, [1, 2, 2])  # HANDOVER
        return g.survey

    return app.test_client()


def test_survey_is_closed(client, summaries) -> None:
    """Closing a survey tells which one."""
    assert client.post("/surveys/close").text == "tea or coffee"
