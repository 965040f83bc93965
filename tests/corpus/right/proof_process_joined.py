"""A proof is printed by a forked process, which reads the request while its view waits."""

import multiprocessing

import pytest
from flask import Flask, request

if "fork" not in multiprocessing.get_all_start_methods():
    pytest.skip("processes are not forked here", allow_module_level=True)

MUTANT = "child-contexts"

app = Flask(__name__)
forked = multiprocessing.get_context("fork")


def proof(pages) -> None:
    pages.send(f"Proof of {request.json['title']}")


@app.post("/proofs")
def proofs():
    here, there = forked.Pipe(duplex=False)
    printer = forked.Process(target=proof, args=(there,))
    printer.start()
    printer.join()
    return here.recv()


def test_proof() -> None:
    """The page has the title that was sent."""
    assert app.test_client().post("/proofs", json={"title": "Emma"}).text == "Proof of Emma"
