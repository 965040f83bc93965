"""A travel agency whose async view awaits between keeping the traveller globally and reading."""

import asyncio

from flask import Flask, jsonify, request

HOLDER = "module global `async_booking.traveller`"

traveller = None


async def seat_for(train):
    await asyncio.sleep(0)
    return f"{len(train)}A, {traveller}"


def create_app():
    app = Flask(__name__)
    app.testing = True

    @app.post("/trains/<train>")
    async def book(train):
        global traveller
        form = request.get_json()
        traveller = form["traveller"]
        seat = await seat_for(train)
        return jsonify(train=train, seat=seat)

    return app


def visit(client, token):
    response = client.post("/trains/ic-701", json={"traveller": token})
    return response.status_code, response.get_json()
