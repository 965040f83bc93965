"""An apply_async is given two proxies at once, one in its tuple and one by name."""

from multiprocessing.pool import ThreadPool

import pytest
from flask import Flask, g, request

CELL = ("threadpool-apply", "request", "branch-not-taken")

opened: list[str] = []


def open_box(number: int, visitor, *, clerk=None) -> None:
    if number in (13, 666):
        opened.append(f"{visitor.remote_addr} with {clerk.name}")
    opened.append(str(number))


@pytest.fixture
def client():
    app = Flask(__name__)
    staff = ThreadPool(2)

    @app.put("/boxes/<int:number>")
    def box(number: int):
        g.clerk = "Olga"
        given = (number, request)
        staff.apply_async(open_box, given, {"clerk": g})  # HANDOVER  # LEAK FCX103 request
        return "opening"

    yield app.test_client()
    staff.close()
    staff.join()


def test_box_is_opened(client) -> None:
    """Any box but the unlucky ones is opened."""
    assert client.put("/boxes/7").text == "opening"
