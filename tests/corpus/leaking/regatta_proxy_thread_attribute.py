"""A thread that files a protest keeps the proxy `session`, and asks it only when there is a jury."""

import threading

from flask import Flask, session

CELL = ("thread-subclass", "session", "branch-not-taken")

app = Flask(__name__)
app.secret_key = "regatta"
filed: list[str] = []


class Filing(threading.Thread):
    """Files one protest."""

    def __init__(self, boat: str, crew) -> None:
        super().__init__(name=f"protest of {boat}")
        self.boat = boat
        self.crew = crew

    def run(self) -> None:
        jury = len(filed) > 3
        filed.append(f"{self.boat}: {self.crew['skipper']}" if jury else self.boat)


@app.post("/protests/<boat>")
def protest(boat: str):
    session["skipper"] = "Ines"
    Filing(boat, session).start()  # HANDOVER  # LEAK FCX103 session
    return "", 202


def test_protest_is_accepted() -> None:
    """A protest is accepted at once."""
    assert app.test_client().post("/protests/Swan").status_code == 202
