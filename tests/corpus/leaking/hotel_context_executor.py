"""A hotel's executor copies the context at each `submit`; a room is cleaned after the check-out."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import pytest
from flask import Flask, request

CELL = ("executor-subclass", "request", "no-error")

answered = threading.Event()
cleaned = threading.Event()
log: list[str] = []


class ContextExecutor(ThreadPoolExecutor):
    """Takes the caller's context variables into its threads."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
        return super().submit(copy_context().run, fn, *args, **kwargs)


staff = ContextExecutor(max_workers=1)


def clean(room: int) -> None:
    answered.wait(5)
    wishes = request.args.get("wishes", "none")  # LEAK FCX201 request
    log.append(f"{room}: {wishes}")
    cleaned.set()


app = Flask(__name__)


@app.delete("/rooms/<int:room>/guest")
def check_out(room: int):
    staff.submit(clean, room)  # HANDOVER
    return "Good-bye"


@pytest.fixture(scope="module", autouse=True)
def _staff_goes_home():
    yield
    answered.set()
    staff.shutdown(wait=True)


def test_room_is_cleaned() -> None:
    """A room is cleaned when its guest has left."""
    assert app.test_client().delete("/rooms/7/guest?wishes=no+soap").text == "Good-bye"
    answered.set()
    assert cleaned.wait(5)
    assert log == ["7: no soap"]
