"""A printer's executor runs each page at once: the second begins when the first is out."""

from concurrent.futures import Executor, Future

from flask import Flask, copy_current_request_context, request

MUTANT = "eager-task"


class Synchronous(Executor):
    def submit(self, fn, /, *args):
        future: Future = Future()
        future.set_result(fn(*args))
        return future


app = Flask(__name__)
printer = Synchronous()


@app.get("/print/<text>")
def print_pages(text):
    page = copy_current_request_context(lambda number: f"{request.view_args['text']} {number}")
    return ", ".join(printer.submit(page, number).result() for number in (1, 2))


def test_both_pages_are_printed() -> None:
    """One after the other."""
    assert app.test_client().get("/print/menu").text == "menu 1, menu 2"
