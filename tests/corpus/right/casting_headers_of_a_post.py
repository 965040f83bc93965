"""A casting notes by whom a form was sent, under a copied context and after the request; the form
itself it leaves alone.
"""

import threading

import pytest
from flask import Flask, copy_current_request_context, request, session

MUTANT = "late-context"

answered = threading.Event()
threads: list[threading.Thread] = []
notes: list[str] = []


def create_app() -> Flask:
    app = Flask(__name__)
    app.secret_key = "casting"

    @app.post("/apply/<role>")
    def apply(role: str):
        session["role"] = role

        @copy_current_request_context
        def note() -> None:
            answered.wait(5)
            browser = request.user_agent.string
            notes.append(f"{session['role']}: {browser}, {request.content_length} bytes")

        threads.append(threading.Thread(target=note))
        threads[-1].start()
        return "we call you"

    return app


@pytest.fixture(autouse=True)
def _threads_done():
    yield
    answered.set()
    for thread in threads:
        thread.join()
    assert notes == ["Hamlet: Lynx, 8 bytes"]


@pytest.mark.flask_ctx_allow("FCX204", reason="no teardown function minds the note")
def test_application() -> None:
    """Who applies is told to wait."""
    client = create_app().test_client()
    response = client.post("/apply/Hamlet", data={"name": "Kit"}, headers={"User-Agent": "Lynx"})
    answered.set()
    assert response.text == "we call you"
