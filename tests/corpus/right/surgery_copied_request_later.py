"""A surgery's reminder runs when the request is over, in a request context of its own copied from
it.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, copy_current_request_context, request

MUTANT = "copied-context"

nurses = ThreadPoolExecutor(max_workers=1)
answered = threading.Event()
reminders: list[str] = []

app = Flask(__name__)


@app.put("/appointments/<day>")
def appoint(day: str):
    @copy_current_request_context
    def remind() -> None:
        answered.wait(5)
        reminders.append(f"{request.args['pet']} on {day} in {request.headers['X-Language']}")

    nurses.submit(remind)
    return f"See you on {day}"


@pytest.fixture(scope="module", autouse=True)
def _nurses_closed():
    yield
    answered.set()
    nurses.shutdown(wait=True)
    assert reminders == ["Rex on Monday in nl"]


@pytest.mark.flask_ctx_allow("FCX204", reason="the nurses tear nothing down")
def test_appointment() -> None:
    """An appointment is confirmed, and reminded of later."""
    response = app.test_client().put("/appointments/Monday?pet=Rex", headers={"X-Language": "nl"})
    answered.set()
    assert response.text == "See you on Monday"
