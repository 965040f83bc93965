"""A thread greets with a copied request context, while the view waits for its end."""

import threading

from flask import Flask, copy_current_request_context, request, session

MUTANT = "copied-context"

app = Flask(__name__)
app.secret_key = "greeting"


@app.get("/greeting")
def greeting():
    session["polite"] = True
    lines: list[str] = []

    @copy_current_request_context
    def compose() -> None:
        title = "Dear" if session["polite"] else "Hi"
        lines.append(f"{title} {request.args['name']}")

    thread = threading.Thread(target=compose)
    thread.start()
    thread.join()
    return lines[0]


def test_greeting_is_polite() -> None:
    """Who is greeted is greeted politely."""
    assert app.test_client().get("/greeting?name=Ada").text == "Dear Ada"
