"""A view submits a generator over `request.args`; its elements are drawn in the pool's thread."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, request

CELL = ("submit", "request", "generator")

pool = ThreadPoolExecutor(max_workers=1)
checksums: list[int] = []


def checksum(parts) -> None:
    checksums.append(sum(len(part) for part in parts))


app = Flask(__name__)


@app.get("/checksum")
def start():
    names = sorted(request.args)
    parts = (
        request.args[name]  # LEAK FCX101 request
        for name in names
    )
    pool.submit(checksum, parts)  # HANDOVER
    return {"names": names}


@pytest.fixture(scope="module", autouse=True)
def _pool_closed():
    yield
    pool.shutdown(wait=True)


def test_names_are_sorted() -> None:
    """The names of what is summed are listed in order."""
    assert app.test_client().get("/checksum?b=22&a=1").json == {"names": ["a", "b"]}
