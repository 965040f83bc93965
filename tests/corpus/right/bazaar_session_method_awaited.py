"""An async view hands a method of the real session to its loop's pool, and awaits the answer."""

import asyncio

import pytest
from flask import Flask, session

pytest.importorskip("asgiref")

MUTANT = "waits-unseen"

app = Flask(__name__)
app.secret_key = "bazaar"


@app.post("/basket/<fruit>")
async def put(fruit: str):
    session["basket"] = [fruit]
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, session.get, "basket")


def test_basket_is_filled() -> None:
    """The fruit is in the basket."""
    assert app.test_client().post("/basket/fig").json == ["fig"]
