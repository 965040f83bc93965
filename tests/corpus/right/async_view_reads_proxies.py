"""An async view's body runs in a pool thread of asgiref, rightly with the request's context."""

import asyncio

import pytest
from flask import Flask, current_app, g, request, session

pytest.importorskip("asgiref")

MUTANT = "async-views"

app = Flask(__name__)
app.secret_key = "async"


@app.post("/rooms/<room>")
async def book(room: str):
    g.room = room
    session["rooms"] = [*session.get("rooms", []), room]
    await asyncio.sleep(0)
    guests = request.json["guests"]
    return {"room": g.room, "guests": guests, "rooms": session["rooms"], "by": current_app.name}


def test_room_is_booked() -> None:
    """A booking remembers room, guests and earlier rooms."""
    client = app.test_client()
    client.post("/rooms/blue", json={"guests": 1})
    answer = client.post("/rooms/red", json={"guests": 2}).json
    assert answer == {"room": "red", "guests": 2, "rooms": ["blue", "red"], "by": __name__}
