"""A clinic's letter is written by a thread under a copied context; `g` was torn down meanwhile."""

import threading
from contextvars import copy_context

import pytest
from flask import Flask, g

CELL = ("thread", "g", "no-error")

answered = threading.Event()
threads: list[threading.Thread] = []
letters: list[str] = []


def write_letter(patient: int) -> None:
    answered.wait(5)
    doctor = g.get("doctor", "the doctor on duty")  # LEAK FCX201 g
    letters.append(f"Patient {patient} was seen by {doctor}")


app = Flask(__name__)


@app.before_request
def load_doctor() -> None:
    g.doctor = "Dr. Okafor"


@app.teardown_request
def forget_doctor(error: BaseException | None) -> None:
    g.pop("doctor", None)


@app.post("/patients/<int:patient>/letter")
def letter(patient: int):
    writing = threading.Thread(target=copy_context().run, args=(write_letter, patient))
    threads.append(writing)
    writing.start()  # HANDOVER
    return {"signed": g.doctor}


@pytest.fixture(scope="module", autouse=True)
def _threads_done():
    yield
    answered.set()
    for thread in threads:
        thread.join()


def test_letter_is_written() -> None:
    """A letter is promised to be signed by the doctor who saw the patient."""
    assert app.test_client().post("/patients/3/letter").json == {"signed": "Dr. Okafor"}
    answered.set()
    threads[0].join(5)
    assert letters == ["Patient 3 was seen by the doctor on duty"]
