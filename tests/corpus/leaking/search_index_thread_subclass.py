"""A wiki indexes pages by a `Thread` subclass whose `run` reads the language from `g`, and logs."""

import logging
import threading

from flask import Flask, g, request

CELL = ("thread-subclass", "g", "logged")

log = logging.getLogger(__name__)


class IndexPage(threading.Thread):
    """Splits a page into the words by which it is found."""

    words: dict[str, set[str]] = {}

    def __init__(self, title: str, body: str) -> None:
        super().__init__(name=f"index-{title}", daemon=True)
        self.title = title
        self.body = body

    def run(self) -> None:
        try:
            self.index()
        except Exception:
            log.exception("could not index %r", self.title)

    def index(self) -> None:
        for word in self.body.split():
            key = f"{g.language}:{word.lower()}"  # LEAK FCX101 g
            self.words.setdefault(key, set()).add(self.title)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.before_request
    def pick_language() -> None:
        g.language = request.accept_languages.best_match(["en", "de"], default="en")

    @app.put("/wiki/<title>")
    def save(title: str):
        IndexPage(title, request.get_data(as_text=True)).start()  # HANDOVER
        return "", 204

    return app


def test_page_is_saved() -> None:
    """Saving a page needs no answer."""
    response = create_app().test_client().put("/wiki/Tea", data="Black and green tea")
    assert response.status_code == 204
