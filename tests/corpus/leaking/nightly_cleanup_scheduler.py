"""A scheduler thread started with the app runs a clean-up that reads its age from `current_app`."""

import sched
import threading

import pytest
from flask import Flask, current_app

CELL = ("scheduler", "current_app", "swallowed")


class Cleanup:
    """Removes what is too old, over and over, in a thread of its own."""

    def __init__(self) -> None:
        self.schedule = sched.scheduler()
        self.ran = threading.Event()
        self.removed = 0

    def start(self) -> None:
        self.schedule.enter(0, 1, self.clean)
        self.thread = threading.Thread(target=self.schedule.run, daemon=True)
        self.thread.start()

    def clean(self) -> None:
        try:
            self.removed += current_app.config["MAX_AGE_DAYS"]  # LEAK FCX101 current_app
        except Exception:
            self.removed = 0
        finally:
            self.ran.set()


@pytest.fixture(scope="module")
def cleanup():
    job = Cleanup()
    yield job
    job.thread.join()


def test_old_files_are_cleaned(cleanup) -> None:
    """The clean-up runs beside the app."""
    app = Flask(__name__)
    app.config["MAX_AGE_DAYS"] = 30
    app.add_url_rule("/", view_func=lambda: "ok")
    cleanup.start()
    assert app.test_client().get("/").text == "ok"
    assert cleanup.ran.wait(5)
