"""A florist's card and photograph are read by a thread of the view, which joins it before it
answers.
"""

import io
import threading
from contextvars import copy_context

import pytest
from flask import Flask, request

MUTANT = "first-read"


@pytest.fixture
def client():
    app = Flask(__name__)

    @app.post("/bouquets")
    def bouquet():
        read: dict[str, object] = {}

        def look() -> None:
            read["card"] = request.form["card"]
            read["size"] = len(request.files["photo"].read())

        thread = threading.Thread(target=copy_context().run, args=(look,))
        thread.start()
        thread.join()
        return read

    return app.test_client()


def test_card_is_written(client) -> None:
    """The card and the photograph arrive with the flowers."""
    data = {"card": "for Ida", "photo": (io.BytesIO(b"12345"), "ida.png")}
    assert client.post("/bouquets", data=data).json == {"card": "for Ida", "size": 5}
