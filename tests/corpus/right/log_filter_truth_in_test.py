"""A log filter asks `if request` while the test's own thread logs outside any request."""

import logging

from flask import Flask, request

MUTANT = "truth-as-fail"


class PathFilter(logging.Filter):
    """Tells each record where it was logged."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.path = request.path if request else "-"
        return True


def create_app(log: logging.Logger) -> Flask:
    app = Flask(__name__)

    @app.get("/tea")
    def tea():
        log.warning("tea is served")
        return "tea"

    return app


def test_records_know_their_path(caplog) -> None:
    """Records of a request carry its path, others a dash."""
    log = logging.getLogger("truth.in.test")
    path_filter = PathFilter()
    log.addFilter(path_filter)
    app = create_app(log)
    log.warning("before")
    app.test_client().get("/tea")
    log.removeFilter(path_filter)
    assert [record.path for record in caplog.records] == ["-", "/tea"]
