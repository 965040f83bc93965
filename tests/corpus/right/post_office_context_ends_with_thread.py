"""A thread for each parcel pushes an app context and ends, and with it the context."""

import threading

from flask import Flask, current_app

MUTANT = "worker-has"

app = Flask(__name__)
app.config["STAMP"] = "paid"
stamped: list[str] = []


class Counter(threading.Thread):
    """One parcel at the counter."""

    def __init__(self, parcel: str) -> None:
        super().__init__()
        self.parcel = parcel

    def run(self) -> None:
        """Stamp the parcel."""
        app.app_context().push()
        stamped.append(f"{self.parcel}: {current_app.config['STAMP']}")


@app.post("/parcels/<parcel>")
def accept(parcel: str):
    counter = Counter(parcel)
    counter.start()
    counter.join()
    return stamped[-1]


def test_parcel_is_stamped() -> None:
    """Each parcel has its stamp."""
    assert app.test_client().post("/parcels/books").text == "books: paid"
