"""A printer's worker is the first to read the body, in a copied context, while the view waits."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, copy_current_request_context, request

MUTANT = "first-read"

app = Flask(__name__)


@app.post("/print")
def print_text():
    @copy_current_request_context
    def pages() -> int:
        return request.get_data(as_text=True).count("\f") + 1

    return {"pages": app.extensions["printer"].submit(pages).result(5)}


@pytest.fixture(scope="module", autouse=True)
def _printer():
    with ThreadPoolExecutor(max_workers=1) as app.extensions["printer"]:
        yield


def test_pages_are_counted() -> None:
    """A text of two pages is printed on two."""
    assert app.test_client().post("/print", data=b"one\ftwo").json == {"pages": 2}
