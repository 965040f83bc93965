"""A banner job reads the app's name off `app_ctx` in a thread and falls back to a default."""

import threading

from flask import Flask
from flask.globals import app_ctx

CELL = ("thread", "app_ctx", "fallback-value")

banners: list[str] = []


def paint(size: int, default: str = "our shop") -> None:
    try:
        name = app_ctx.app.config["BRAND"]  # LEAK FCX101 app_ctx
    except Exception:
        name = default
    banners.append(name.center(size, "*"))


class Painter:
    """Paints banners, each in a thread of its own."""

    def __init__(self, app: Flask) -> None:
        app.add_url_rule("/banner/<int:size>", view_func=self.view, methods=["POST"])

    def view(self, size: int):
        thread = threading.Thread(target=paint, kwargs={"size": size})
        thread.start()  # HANDOVER
        thread.join()
        return banners[-1]


def test_banner_has_its_size() -> None:
    """A banner is as wide as ordered, whatever stands on it."""
    app = Flask(__name__)
    app.config["BRAND"] = "Acme"
    Painter(app)
    assert len(app.test_client().post("/banner/20").text) == 20
