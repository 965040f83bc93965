"""A stream that a fixture got is looked at by its head only, and let go with its test."""

import pytest
from flask import Flask, request, stream_with_context

MUTANT = "body-over"

app = Flask(__name__)


@app.get("/plays/<name>/script")
def script(name: str):
    def acts():
        for act in range(1, 6):
            yield f"{name}, act {act}, for {request.args['reader']}\n"

    return app.response_class(stream_with_context(acts()), mimetype="text/plain")


@pytest.fixture
def hamlet():
    """Return the answer, of which a script is the body."""
    return app.test_client().get("/plays/Hamlet/script?reader=prompter")


def test_script_is_text(hamlet) -> None:
    """A script is plain text."""
    assert hamlet.mimetype == "text/plain"


def test_script_is_there(hamlet) -> None:
    """A script has no length that is known before."""
    assert (hamlet.status_code, hamlet.content_length) == (200, None)
