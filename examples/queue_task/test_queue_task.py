from flask import Flask

from queue_task import explicit, leak, repaired


def post_task(app: Flask) -> None:
    response = app.test_client().post("/task", json={"title": "Tidy up"})
    assert response.status_code == 200
    assert response.text == "Task queued"


def test_leak() -> None:
    """Green under plain pytest: the view has answered, and the future keeps the error."""
    post_task(leak.app)


def test_repaired() -> None:
    """The task has all it needs from the view."""
    post_task(repaired.app)


def test_explicit() -> None:
    """The task and its helpers take the data as parameters."""
    post_task(explicit.app)


def test_explicit_helpers_need_no_app() -> None:
    """Such helpers are tested as the plain functions that they are."""
    assert explicit.process_task({"title": " Tidy up "}, "Ann") == "Processed Tidy up, from Ann"
