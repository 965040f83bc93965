"""A worker is given the real app by `_get_current_object()`, called while the request is served."""

import logging
import threading

from flask import Flask, current_app

MUTANT = "value-passed"


class Rebuild(threading.Thread):
    """Rebuilds the search index of one app."""

    def __init__(self, app: Flask) -> None:
        super().__init__(name="rebuild")
        self.app = app
        self.rules: list[str] = []

    def run(self) -> None:
        self.rules += sorted(rule.rule for rule in self.app.url_map.iter_rules())
        try:
            raise RuntimeError("the index has a lock file")
        except Exception:
            logging.getLogger(__name__).info("a failure that has to do with no context")


def create_app() -> Flask:
    app = Flask(__name__, static_folder=None)

    @app.post("/rebuild")
    def rebuild():
        thread = Rebuild(current_app._get_current_object())
        thread.start()
        thread.join()
        return thread.rules

    return app


def test_rules_are_indexed() -> None:
    """The index holds every rule of the app."""
    assert create_app().test_client().post("/rebuild").json == ["/rebuild"]
