"""A thread of a class of its own keeps the view's variables, and nobody waits for its lamp."""

import threading
from contextvars import copy_context

from flask import Flask

CELL = ("thread-subclass", "none", "branch-not-taken")

app = Flask(__name__)
lit: list[str] = []


class Lamp(threading.Thread):
    def __init__(self, color: str) -> None:
        super().__init__()
        self.color = color
        self.context = copy_context()

    def run(self) -> None:
        self.context.run(lit.append, self.color)


@app.post("/lamps/<color>")
def lamp(color: str):
    Lamp(color).start()  # HANDOVER  # LEAK FCX204 none
    return "lit"


def test_lamp_is_lit() -> None:
    """It is."""
    assert app.test_client().post("/lamps/red").text == "lit"
