"""A copied context is handed over again when the first attempt is known to have failed."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, copy_current_request_context, request

MUTANT = "handed-twice"


class Bucket:
    def __init__(self, failures):
        self.failures, self.stored = failures, {}

    def store(self):
        if self.failures:
            self.failures -= 1
            raise ConnectionError("bucket is away")
        self.stored[request.view_args["name"]] = request.data


@pytest.fixture
def bucket():
    return Bucket(failures=2)


@pytest.fixture
def client(bucket):
    app = Flask(__name__)
    pool = ThreadPoolExecutor(max_workers=3)

    @app.put("/files/<name>")
    def upload(name):
        store = copy_current_request_context(bucket.store)
        for _attempt in range(5):
            if pool.submit(store).exception() is None:
                return "stored"
        return "gave up", 503

    yield app.test_client()
    pool.shutdown(wait=True)


def test_third_attempt_stores(client, bucket) -> None:
    """Two failures are not the end of it."""
    assert client.put("/files/plan.txt", data=b"plan").text == "stored"
    assert bucket.stored == {"plan.txt": b"plan"}
