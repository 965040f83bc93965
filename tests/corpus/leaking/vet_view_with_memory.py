"""A vet's journal, one object for the whole application, keeps the last requests in a `deque`."""

from collections import deque

from flask import Flask, Request, request, request_finished

CELL = ("instance-deque", "none", "retained")


class Journal:
    """Remembers what was asked lately."""

    def __init__(self) -> None:
        self.entries: deque[Request] = deque(maxlen=10)

    def note(self, sender: Flask, **_more: object) -> None:
        """Remember the request that is finished."""
        self.entries.append(request._get_current_object())


journal = Journal()  # LEAK FCX304 none
vet = Flask(__name__)
request_finished.connect(journal.note, vet)


@vet.get("/animal/<name>")
def animal(name: str):
    return {"name": name}


def test_an_animal_is_found() -> None:
    """An animal is found by its name, and the journal has it."""
    vet.test_client().get("/animal/Bello")
    assert [entry.path for entry in journal.entries] == ["/animal/Bello"]
