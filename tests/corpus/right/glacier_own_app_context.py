"""A probe's thread pushes an app context of its own, made by the view that does not wait for it."""

import threading
from typing import Any

from flask import Flask, current_app

MUTANT = "waits-unseen"

app = Flask(__name__)
app.config["UNIT"] = "m"
depths: list[str] = []
threads: list[threading.Thread] = []


def measure(context: Any, depth: int) -> None:
    with context:
        depths.append(f"{depth} {current_app.config['UNIT']}")


@app.post("/depths/<int:depth>")
def drill(depth: int):
    thread = threading.Thread(target=measure, args=(current_app.app_context(), depth))
    threads.append(thread)
    thread.start()
    return "drilling"


def test_depth_has_a_unit() -> None:
    """The depth is measured in the app's unit."""
    assert app.test_client().post("/depths/40").text == "drilling"
    threads[0].join()
    assert depths == ["40 m"]
