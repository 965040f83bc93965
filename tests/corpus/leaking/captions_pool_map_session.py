"""Captions are translated by `Pool.map` into the language of the session that made the pool."""

import multiprocessing
from typing import Any

import pytest
from flask import Flask, session

if "fork" not in multiprocessing.get_all_start_methods():
    pytest.skip("processes are not forked here", allow_module_level=True)

CELL = ("pool-map", "session", "served-to-another")

WORDS = {"sv": {"cat": "katt", "dog": "hund"}, "fr": {"cat": "chat", "dog": "chien"}}
made: list[Any] = []


def workers() -> Any:
    if not made:
        made.append(multiprocessing.get_context("fork").Pool(1))
    return made[0]


def caption(word: str) -> str:
    return WORDS[session["language"]][word]  # LEAK FCX202 session


app = Flask(__name__)
app.secret_key = "captions"


@app.get("/captions/<language>")
def captions(language: str):
    session["language"] = language
    return workers().map(caption, ["cat", "dog"])  # HANDOVER


@pytest.fixture(scope="module", autouse=True)
def _workers_gone():
    yield
    workers().terminate()
    workers().join()


def test_two_readers() -> None:
    """Each reader gets two captions."""
    swedish, french = (app.test_client().get(f"/captions/{each}") for each in ("sv", "fr"))
    assert len(swedish.json) == len(french.json) == 2
