"""A `ThreadPool` gives each thread a request context when it starts; tasks push more and pop it."""

from multiprocessing.pool import ThreadPool

from flask import Flask, request, url_for

MUTANT = "worker-has"

app = Flask(__name__)


@app.get("/kettles/<int:number>")
def kettle(number: int):
    return str(number)


def light_fire() -> None:
    app.test_request_context("/kettles/1").push()


def label(number: int) -> str:
    with app.test_request_context(f"/kettles/{number}"):
        return f"{request.path} {url_for('kettle', number=number)}"


def test_labels_are_printed() -> None:
    """Every kettle has its label."""
    with ThreadPool(2, initializer=light_fire) as kettles:
        assert kettles.map(label, [2, 3]) == ["/kettles/2 /kettles/2", "/kettles/3 /kettles/3"]
