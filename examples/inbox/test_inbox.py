from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar

import pytest
from flask import Flask

from inbox import leak, repaired

started_by: ContextVar[str] = ContextVar("started_by", default="nobody")


@pytest.fixture(autouse=True)
def _threads_inherit() -> None:
    """Free-threaded Python copies the context of whoever starts a thread; others can be told to."""
    started_by.set("the test")
    with ThreadPoolExecutor(max_workers=1) as pool:
        if pool.submit(started_by.get).result() == "nobody":
            pytest.skip("threads inherit no context here: see --flaskctx-inherit")


def seen_by(user: str, app: Flask) -> str:
    return app.test_client().get("/inbox", headers={"X-User": user}).text


def test_leak() -> None:
    """Green by itself, for it expects what is served: to Bob, the mail of Alice."""
    assert seen_by("Alice", leak.app) == "Mail of Alice"
    assert seen_by("Bob", leak.app) == "Mail of Alice"


def test_repaired() -> None:
    """The thread is told whose mail is wanted."""
    assert seen_by("Alice", repaired.app) == "Mail of Alice"
    assert seen_by("Bob", repaired.app) == "Mail of Bob"
