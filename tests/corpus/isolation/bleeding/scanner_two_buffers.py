"""A scan service with two page buffers used in turn, so that a third request takes one in use."""

from itertools import count

from flask import Flask, request

HOLDER = "item `scanner_two_buffers.buffers[1]`"

OPTIONS = {"copies": 3}

buffers = ["", ""]
turn = count()


def next_buffer():
    return next(turn) % len(buffers)


def create_app():
    app = Flask(__name__)

    @app.post("/scan")
    def scan():
        number = next_buffer()
        buffers[number] = request.get_data(as_text=True)
        pages = 1 + buffers[number].count("\f")
        return f"{pages} page(s): {buffers[number]}"

    return app


def visit(client, token):
    return client.post("/scan", data=f"front {token}\fback", content_type="text/plain")
