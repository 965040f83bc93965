"""A bench of helpers opens what a test needs on an `ExitStack` that nobody closes."""

from contextlib import ExitStack

from flask import Flask, current_app

CELL = ("left-in-helper", "none", "open-stack")


class Bench:
    """What a test has on its bench."""

    def __init__(self) -> None:
        self.stack = ExitStack()

    def take(self, app: Flask) -> Flask:
        """Put ``app`` on the bench."""
        self.stack.enter_context(app.app_context())  # LEAK FCX301 none
        return app


bench = Bench()


def create_app(tank: str) -> Flask:
    app = Flask(__name__)
    app.config["TANK"] = tank
    return app


def temperature() -> int:
    return {"reef": 26, "kelp": 12}[current_app.config["TANK"]]


def test_reef_is_warm() -> None:
    """Corals want it warm."""
    bench.take(create_app("reef"))
    assert temperature() == 26


def test_kelp_is_cold() -> None:
    """Kelp wants it cold."""
    bench.take(create_app("kelp"))
    assert temperature() == 12


def test_bench_is_cleared() -> None:
    """What stood on the bench goes back."""
    bench.stack.close()
