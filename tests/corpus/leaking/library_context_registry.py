"""A library keeps the context of each loan; its nightly run links to the books in them again."""

from collections.abc import Callable
from contextvars import Context, copy_context

from flask import Flask, url_for

CELL = ("kept-context", "url_for", "no-error")

due: list[tuple[Context, Callable[[str], str], str]] = []
reminders: list[str] = []

app = Flask(__name__)


def remind(isbn: str) -> str:
    link = url_for("book", isbn=isbn, _external=True)  # LEAK FCX201 url_for
    return f"Please bring back {link}"


@app.get("/books/<isbn>")
def book(isbn: str):
    return isbn


@app.post("/loans/<isbn>")
def lend(isbn: str):
    due.append((copy_context(), remind, isbn))
    return "two weeks"


def nightly() -> None:
    """What the scheduler calls at night."""
    while due:
        context, work, isbn = due.pop()
        reminders.append(context.run(work, isbn))


def test_reminder_of_a_loan() -> None:
    """Who borrows a book is reminded of it."""
    response = app.test_client().post("/loans/4711", base_url="https://library.example")
    assert response.text == "two weeks"
    nightly()
    assert reminders == ["Please bring back https://library.example/books/4711"]
