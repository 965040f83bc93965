"""A thread with a copied context sets an event when it is done, and the view waits for that."""

import threading

from flask import Flask, copy_current_request_context, request

MUTANT = "waits-unseen"

app = Flask(__name__)
films: list[str] = []


@app.post("/films")
def show():
    shown = threading.Event()

    @copy_current_request_context
    def project() -> None:
        films.append(request.form["film"])
        shown.set()

    threading.Thread(target=project).start()
    assert shown.wait(timeout=5)
    return films[-1]


def test_film_is_shown() -> None:
    """The film that was asked for is shown."""
    assert app.test_client().post("/films", data={"film": "M"}).text == "M"
