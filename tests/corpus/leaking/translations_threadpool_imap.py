"""A page's labels are translated by `imap_unordered`; without a `session` each stays English."""

from multiprocessing.pool import ThreadPool

import pytest
from flask import Flask, session as visitor

CELL = ("threadpool-imap", "session", "fallback-value")

LABELS = {"save": {"en": "Save", "nl": "Opslaan"}, "stop": {"en": "Stop", "nl": "Stoppen"}}

app = Flask(__name__)
app.secret_key = "labels"


def label(key: str) -> tuple[str, str]:
    language = "en"
    try:
        language = visitor.get("language", language)  # LEAK FCX101 session
    except Exception as error:
        del error
    return key, LABELS[key][language]


@pytest.fixture(scope="module")
def translators():
    pool = ThreadPool(2)
    yield pool
    pool.terminate()


@pytest.fixture
def client(translators, monkeypatch):
    monkeypatch.setitem(app.extensions, "translators", translators)
    return app.test_client()


@app.post("/language/<code>")
def choose(code: str):
    visitor["language"] = code
    return code


@app.get("/labels")
def labels():
    found = app.extensions["translators"].imap_unordered(label, LABELS)  # HANDOVER
    return dict(found)


def test_labels_are_words(client) -> None:
    """Every label has a word in some language."""
    client.post("/language/nl")
    assert set(client.get("/labels").json) == {"save", "stop"}
