"""`setup_method` enters a test client to look at the session, and never leaves it."""

from flask import Flask, session

CELL = ("left-by-client", "none", "next-test")

app = Flask(__name__)
app.secret_key = "ward"
clients = []


@app.post("/patients/<int:number>/open")
def open_file(number: int):
    session["patient"] = number
    return "", 204


class TestFile:
    """A patient's file."""

    def setup_method(self) -> None:
        """Keep the contexts of the requests, so that the session can be read."""
        self.client = app.test_client().__enter__()
        clients.append(self.client)

    def test_file_is_remembered(self) -> None:
        """The session says whose file is open."""
        self.client.post("/patients/7/open")  # LEAK FCX301 none
        assert session["patient"] == 7


def test_ward_is_quiet() -> None:
    """Nobody else opened a file."""
    assert session["patient"] == 7
    clients.pop().__exit__(None, None, None)
