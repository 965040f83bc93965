"""A serializer asks `isinstance` of whatever it is given, proxies too, without using them."""

import threading
from collections.abc import Mapping
from typing import Any

from flask import Flask, Request, g, request, session

MUTANT = "repr-counts"

app = Flask(__name__)
app.secret_key = "serializer"


def kind(value: Any) -> str:
    if isinstance(value, (Request, Mapping)):
        return "known"
    if isinstance(value, (str, int)):
        return "plain"
    return type(value).__name__


def serialize(kinds: list[str]) -> None:
    values = [request, session, g, 1]
    kinds.extend(kind(value) for value in values)
    kinds.append(str(request is values[0]))


@app.get("/kinds")
def kinds():
    found: list[str] = []
    thread = threading.Thread(target=serialize, args=(found,))
    thread.start()
    thread.join()
    return found


def test_kinds_in_a_worker() -> None:
    """Without a context a proxy is of no known kind."""
    names = app.test_client().get("/kinds").json
    assert names == ["LocalProxy", "LocalProxy", "LocalProxy", "plain", "True"]
