"""One application context object is pushed for one test after the other, and lent to a process."""

import multiprocessing

import pytest
from flask import Flask, g

if "fork" not in multiprocessing.get_all_start_methods():
    pytest.skip("processes are not forked here", allow_module_level=True)

MUTANT = "child-contexts"

app = Flask(__name__)
context = app.app_context()
forked = multiprocessing.get_context("fork")


def strike() -> None:
    assert g.metal == "silver"


@pytest.fixture(autouse=True)
def pushed():
    with context:
        yield


@pytest.mark.parametrize("coin", ["penny", "crown"])
def test_coin(coin: str) -> None:
    """The test waits for the process."""
    g.metal = "silver"
    process = forked.Process(target=strike, name=coin)
    process.start()
    process.join()
    assert process.exitcode == 0
