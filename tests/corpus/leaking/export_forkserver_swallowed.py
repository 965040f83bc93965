"""An export runs by `apply_async` in a server's child; for want of a session it says nothing."""

import multiprocessing

import pytest
from flask import Flask, session

if "forkserver" not in multiprocessing.get_all_start_methods():
    pytest.skip("there is no fork server here", allow_module_level=True)

CELL = ("pool-apply", "session", "swallowed")


def export(rows: list[str]) -> str:
    try:
        separator = session["separator"]  # LEAK FCX101 session
    except Exception:
        separator = ","
    return separator.join(rows)


@pytest.fixture
def app():
    app = Flask(__name__)
    app.secret_key = "export"
    with multiprocessing.get_context("forkserver").Pool(1) as pool:

        @app.get("/export")
        def download():
            session["separator"] = ";"
            done = pool.apply_async(export, (["a", "b"],))  # HANDOVER
            return done.get()

        yield app


def test_export_has_both_columns(app) -> None:
    """Both columns are there, however they are separated."""
    assert set("ab") < set(app.test_client().get("/export").text)
