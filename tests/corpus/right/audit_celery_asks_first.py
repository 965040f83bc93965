"""An audit's task is called from views and by a beat: it asks whether a request is there."""

import logging

import pytest
from flask import Flask, has_request_context, request, session

pytest.importorskip("celery")
from celery import Celery

MUTANT = "eager-task"

app = Flask(__name__)
app.secret_key = "audit"
celery = Celery("audit", broker="memory://")
celery.conf.task_always_eager = True
events = []
log = logging.getLogger("audit")


class WhereFilter(logging.Filter):
    """Adds the path to a record, where there is one."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.path = request.path if has_request_context() else "-"
        return True


log.addFilter(WhereFilter())


@celery.task(name="audit.note")
def note(what: str) -> None:
    log.warning("noted: %s", what)
    try:
        who = session["who"]
    except RuntimeError:
        who = "the beat"
    if has_request_context():
        events.append((what, who, _address()))
    else:
        events.append((what, who, None))


def _address() -> str | None:
    return request.remote_addr


@app.post("/open/<door>")
def open_door(door: str):
    session["who"] = "ada"
    note.delay(f"opened {door}")
    return "open"


def test_a_door_is_noted(caplog) -> None:
    """A view's event has an address, that of the beat has none."""
    app.test_client().post("/open/garden")
    note.delay("checked")
    assert [record.path for record in caplog.records if record.name == "audit"] == [
        "/open/garden",
        "-",
    ]
    assert events == [("opened garden", "ada", "127.0.0.1"), ("checked", "the beat", None)]
    events.clear()
