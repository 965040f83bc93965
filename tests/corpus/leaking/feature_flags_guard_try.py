"""A feature flag is looked up in a thread within `except RuntimeError`, so every flag is off
there.
"""

import threading

from flask import Flask, current_app

CELL = ("thread", "current_app", "guard")

used: list[str] = []


def enabled(flag: str) -> bool:
    try:
        return current_app.config["FLAGS"][flag]  # LEAK FCX102 current_app
    except RuntimeError:
        return False


def recommend(user: str) -> None:
    used.append("neighbours" if enabled("neighbours") else f"top sellers for {user}")


def create_app() -> Flask:
    app = Flask(__name__)
    app.config["FLAGS"] = {"neighbours": True}

    @app.get("/shop/<user>")
    def shop(user: str):
        threading.Thread(target=recommend, args=(user,)).start()  # HANDOVER
        return f"hello {user}"

    return app


def test_shop_greets() -> None:
    """The shop greets before it recommends."""
    assert create_app().test_client().get("/shop/ada").text == "hello ada"
