"""A depot's records wait in a handler of the standard library's logging, each with its request."""

import logging
from logging.handlers import MemoryHandler

import pytest
from flask import Flask, request

MUTANT = "still-there"

depot = Flask(__name__)
logger = logging.getLogger("depot")


@depot.put("/crate/<int:number>")
def crate(number: int):
    logger.warning("crate %s by %s", number, request._get_current_object())
    return "", 204


@pytest.fixture(scope="module", autouse=True)
def buffer():
    handler = MemoryHandler(capacity=100)
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)
    handler.close()


def test_a_crate_is_logged(buffer) -> None:
    """The record waits in the buffer."""
    depot.test_client().put("/crate/4")
    assert buffer.buffer[0].name == "depot"
