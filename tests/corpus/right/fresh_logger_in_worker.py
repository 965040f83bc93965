"""The first use of `app.logger` happens in a pool, where Flask looks for handlers and streams."""

import logging
from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from flask.logging import has_level_handler, wsgi_errors_stream

MUTANT = "flask-own-reads"


def audit(app: Flask, line: str) -> bool:
    app.logger.warning("audit: %s", line)
    handler = logging.StreamHandler(wsgi_errors_stream)
    handler.setFormatter(logging.Formatter("%(message)s"))
    app.logger.addHandler(handler)
    try:
        app.logger.warning("again: %s", line)
        return has_level_handler(app.logger)
    finally:
        app.logger.removeHandler(handler)


def test_first_log_line_comes_from_a_pool() -> None:
    """An app that has never logged can begin in a worker."""
    app = Flask("fresh_logger_in_worker")
    with ThreadPoolExecutor(max_workers=1) as pool:
        assert pool.submit(audit, app, "signed in").result(timeout=5)
