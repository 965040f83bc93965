"""An archive keeps what was sent to it in a pool, whose copied context reads the body too late."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, copy_current_request_context, request

CELL = ("submit", "body", "no-error")

clerks = ThreadPoolExecutor(max_workers=1, thread_name_prefix="clerk")
answered = threading.Event()
kept = threading.Event()
archive: dict[str, str] = {}

app = Flask(__name__)


@app.put("/letters/<name>")
def keep(name: str):
    @copy_current_request_context
    def store() -> None:
        answered.wait(5)
        letter = request.get_json()  # LEAK FCX201 request
        archive[name] = f"{letter['from']}: {letter['text']}"
        kept.set()

    clerks.submit(store)  # HANDOVER
    return {"name": name}, 202


@pytest.fixture(scope="module", autouse=True)
def _clerks_gone():
    yield
    answered.set()
    clerks.shutdown(wait=True)


def test_letter_is_kept() -> None:
    """A letter is accepted, and lies in the archive after a while."""
    letter = {"from": "Ada", "text": "Dear all"}
    assert app.test_client().put("/letters/one", json=letter).status_code == 202
    answered.set()
    assert kept.wait(5)
    assert archive == {"one": "Ada: Dear all"}
