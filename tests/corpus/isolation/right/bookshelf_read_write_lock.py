"""A bookshelf under a read-write lock: readers go together, a writer has it for itself."""

import threading
from contextlib import contextmanager

from flask import Flask, request

MUTANT = ("with lock.writing():", "with lock.reading():")

app = Flask(__name__)
shelf = {"newest": None, "places": {}}


class ReadWriteLock:
    def __init__(self):
        self.changed = threading.Condition()
        self.readers = 0
        self.writer = False

    @contextmanager
    def reading(self):
        with self.changed:
            self.changed.wait_for(lambda: not self.writer)
            self.readers += 1
        try:
            yield
        finally:
            with self.changed:
                self.readers -= 1
                self.changed.notify_all()

    @contextmanager
    def writing(self):
        with self.changed:
            self.changed.wait_for(lambda: not self.writer and not self.readers)
            self.writer = True
        try:
            yield
        finally:
            with self.changed:
                self.writer = False
                self.changed.notify_all()


lock = ReadWriteLock()


@app.route("/books/<title>", methods=["GET", "PUT"])
def book(title):
    if request.method == "GET":
        with lock.reading():
            return f"place {shelf['places'][title]}: {title}"
    with lock.writing():
        shelf["newest"] = title
        shelf["places"][title] = len(shelf["places"])
        return f"newest: {shelf['newest']}"


def visit(client, token):
    return client.put(f"/books/{token}"), client.get(f"/books/{token}")
