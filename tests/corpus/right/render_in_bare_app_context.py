"""A worker renders a template in its own app context; only Flask itself asks for a request."""

import threading

from flask import Flask, render_template_string, request

MUTANT = "flask-own-reads"

app = Flask(__name__)
letters: dict[str, str] = {}


@app.context_processor
def signature() -> dict[str, str]:
    return {"signature": "Yours, the shop"}


def write(name: str) -> None:
    with app.app_context():
        letters[name] = render_template_string("Dear {{ name }}. {{ signature }}", name=name)


@app.post("/letters")
def order():
    name = request.form["name"]
    writer = threading.Thread(target=write, args=(name,))
    writer.start()
    writer.join()
    return letters[name]


def test_letter_is_signed() -> None:
    """A letter written in a worker has the signature of the app's context processor."""
    response = app.test_client().post("/letters", data={"name": "Ada"})
    assert response.text == "Dear Ada. Yours, the shop"
