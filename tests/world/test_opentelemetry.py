"""OpenTelemetry: its spans reach the worker, and nothing of its own is taken for a leak."""

from __future__ import annotations

import pytest
from telling_runs import Watch

pytest.importorskip("opentelemetry.instrumentation.flask")
pytest.importorskip("opentelemetry.instrumentation.threading")
pytest.importorskip("opentelemetry.sdk")

TRACED = """\
import threading
from concurrent.futures import ThreadPoolExecutor
import pytest
from flask import Flask, request
from opentelemetry import trace
from opentelemetry.instrumentation.flask import FlaskInstrumentor
from opentelemetry.instrumentation.threading import ThreadingInstrumentor
from opentelemetry.sdk.trace import TracerProvider

@pytest.fixture(autouse=True, scope="module")
def traced():
    trace.set_tracer_provider(TracerProvider())
    ThreadingInstrumentor().instrument()
    yield
    ThreadingInstrumentor().uninstrument()

@pytest.fixture
def app():
    app = Flask(__name__)
    FlaskInstrumentor().instrument_app(app)
    return app

def span():
    return trace.get_current_span().get_span_context().span_id
"""


def test_spans_reach_the_workers(watch: Watch) -> None:
    """Thread, timer and pool see the span of their request, and nothing is found."""
    told = watch(
        TRACED
        + """
def test_spans(app):
    seen = []

    @app.get("/")
    def index():
        seen.append(span())
        for thread in (
            threading.Thread(target=lambda: seen.append(span())),
            threading.Timer(0, lambda: seen.append(span())),
        ):
            thread.start()
            thread.join()
        with ThreadPoolExecutor(1) as pool:
            seen.append(pool.submit(span).result())
        return "ok"

    assert app.test_client().get("/").status_code == 200
    assert len(seen) == 4 and len(set(seen)) == 1 and seen[0]
""",
        "--flaskctx=strict",
    )
    assert told.outcomes == {"passed": 1}, told.output
    assert told.findings == []


def test_leak_of_the_user_is_found_at_their_lines(watch: Watch) -> None:
    """Both ends of a leak are the user's lines, not the instrumentation's."""
    told = watch(
        TRACED
        + """
def task():
    return f"{request.path}"

def test_leak(app):
    with ThreadPoolExecutor(1) as pool:
        @app.get("/")
        def index():
            pool.submit(task)
            threading.Thread(target=lambda: pool.submit(task)).start()
            return "ok"

        assert app.test_client().get("/").status_code == 200
"""
    )
    assert told.outcomes["failed"] == 1, told.output
    assert {(f["code"], f["status"], f["function"]) for f in told.findings} == {
        ("FCX101", "new", "task")
    }
    origins = [f["origin"] for f in told.findings]
    assert {(o["kind"], o["expression"]) for o in origins} == {("submit", "pool.submit(task)")}
