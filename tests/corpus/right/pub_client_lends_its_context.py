"""A pub's test lends the context that its client keeps to a thread of its own, and joins it."""

import threading
from contextvars import copy_context

from flask import Flask, session

MUTANT = "any-bound"


def create_app() -> Flask:
    app = Flask(__name__)
    app.secret_key = "pub"

    @app.post("/tabs/<name>")
    def open_tab(name: str):
        session["tab"] = name
        return "cheers"

    return app


def test_tab_is_kept() -> None:
    """The name on the tab can be read wherever the test likes."""
    seen: list[str] = []
    with create_app().test_client() as client:
        assert client.post("/tabs/Flo").text == "cheers"
        look = threading.Thread(
            target=copy_context().run, args=(lambda: seen.append(session["tab"]),)
        )
        look.start()
        look.join()
    assert seen == ["Flo"]
