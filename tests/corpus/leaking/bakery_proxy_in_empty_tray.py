"""A tray that bakes is started as a thread with `session` on it; while it is empty it is falsy."""

import threading

from flask import Flask, session

CELL = ("thread", "session", "kept-unused")

app = Flask(__name__)
app.secret_key = "flour"


class Tray(list):
    def __call__(self) -> None:
        while self:
            self.pop().bake(self.oven)


@app.get("/bake")
def bake():
    tray = Tray()
    tray.oven = session
    baking = threading.Thread(target=tray)
    baking.start()  # LEAK FCX103 session  # HANDOVER
    baking.join()
    return f"{len(tray)} left"


def test_nothing_is_left() -> None:
    """An empty tray is baked at once."""
    assert app.test_client().get("/bake").text == "0 left"
