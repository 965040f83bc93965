"""A newsletter goes out from a spawned `Process`, which asks `current_app` for the sender."""

import multiprocessing

from flask import Flask, current_app

CELL = ("process-subclass", "current_app", "printed")


class Newsletter(multiprocessing.get_context("spawn").Process):
    def __init__(self, readers: list[str]) -> None:
        super().__init__(daemon=True)
        self.readers = readers

    def run(self) -> None:
        for reader in self.readers:
            print(current_app.config["SENDER"], "->", reader)  # LEAK FCX101 current_app


def create_app() -> Flask:
    app = Flask(__name__)
    app.config["SENDER"] = "news@example.org"

    @app.post("/send")
    def send():
        sending = Newsletter(["ann@example.org", "bob@example.org"])
        sending.start()  # HANDOVER
        sending.join()
        return "sent"

    return app


def test_newsletter_is_sent() -> None:
    """The editor is told that it is sent."""
    assert create_app().test_client().post("/send").text == "sent"
