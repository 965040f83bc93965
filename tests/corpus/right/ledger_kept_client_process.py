"""The view waited for the process that read its request; the client keeps that for the test."""

import multiprocessing

import pytest
from flask import Flask, request

if "fork" not in multiprocessing.get_all_start_methods():
    pytest.skip("processes are not forked here", allow_module_level=True)

MUTANT = "child-contexts"

app = Flask(__name__)
forked = multiprocessing.get_context("fork")


def balance() -> None:
    assert request.args["account"] == "7"


def ask() -> str:
    process = forked.Process(target=balance)
    process.start()
    process.join()
    return str(process.exitcode)


@app.get("/balance")
def view():
    return ask()


def test_balance() -> None:
    """The body goes on with the request that it kept, in a process of its own too."""
    with app.test_client() as client:
        assert client.get("/balance?account=7").text == "0"
        assert request.args["account"] == "7"
        assert ask() == "0"
