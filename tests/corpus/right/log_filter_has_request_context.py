"""A log filter asks `has_request_context()` before it reads `request`, in workers too."""

import logging
import threading

import pytest
from flask import Flask, has_request_context, request

MUTANT = "deliberate-check"


class RequestFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.where = request.endpoint if has_request_context() else "worker"
        return True


@pytest.fixture
def log():
    logger = logging.getLogger("deliberate.filter")
    logger.setLevel("INFO")
    request_filter = RequestFilter()
    logger.addFilter(request_filter)
    yield logger
    logger.removeFilter(request_filter)


def test_where_a_record_was_logged(log, caplog) -> None:
    """A view's record names its endpoint, a worker's record the worker."""
    app = Flask(__name__)

    @app.get("/import")
    def import_rows():
        log.info("begin")
        thread = threading.Thread(target=log.info, args=("end",))
        thread.start()
        thread.join()
        return "imported"

    app.test_client().get("/import")
    assert [record.where for record in caplog.records] == ["import_rows", "worker"]
