"""A ledger's task is called from views and by a beat: it tests whether there is a request."""

import pytest
from flask import Flask, request, session

pytest.importorskip("celery")
from celery import Celery

MUTANT = "eager-task"

app = Flask(__name__)
app.secret_key = "ledger"
celery = Celery("ledger", broker="memory://")
celery.conf.task_always_eager = True


@celery.task(name="ledger.book")
def book(amount: int) -> tuple[int, str, str]:
    where = request.path if request else "the beat"
    if not session:
        return amount, where, "nobody"
    return amount, where, session["who"]


@app.post("/book/<int:amount>")
def entry(amount: int):
    session["who"] = "ada"
    return list(book.delay(amount).get())


def test_an_entry_is_booked() -> None:
    """A view's entry has a path and a clerk, that of the beat has none."""
    assert app.test_client().post("/book/3").json == [3, "/book/3", "ada"]
    assert book.delay(4).get() == (4, "the beat", "nobody")
