"""A process that was forked before any request takes whole messages off a queue."""

import multiprocessing

import pytest
from flask import Flask, request

if "fork" not in multiprocessing.get_all_start_methods():
    pytest.skip("processes are not forked here", allow_module_level=True)

MUTANT = "child-contexts"


def work(app: Flask, inbox, outbox) -> None:
    while message := inbox.get():
        with app.test_request_context("/", json=message):
            outbox.put(f"{request.json['user']} says {request.json['text']}")


@pytest.fixture(scope="module")
def client():
    app, forked = Flask(__name__), multiprocessing.get_context("fork")
    inbox, outbox = forked.SimpleQueue(), forked.SimpleQueue()
    worker = forked.Process(target=work, args=(app, inbox, outbox))
    worker.start()

    @app.post("/messages")
    def message():
        inbox.put(request.json)
        return outbox.get()

    yield app.test_client()
    inbox.put(None)
    worker.join()


@pytest.mark.parametrize("user", ["ann", "bob"])
def test_message(client, user) -> None:
    """Everybody speaks for themselves."""
    said = client.post("/messages", json={"user": user, "text": "hello"})
    assert said.text == f"{user} says hello"
