"""An invoice's task runs eagerly, in an app context of its own: what it sets in `g` is its own."""

import pytest
from flask import Flask, current_app, g, request

pytest.importorskip("celery")
from celery import Celery, Task

MUTANT = "eager-task"

app = Flask(__name__)
app.config["CURRENCY"] = "EUR"


class FlaskTask(Task):
    """A task in an app context, as Flask's manual advises."""

    def __call__(self, *args: object, **kwargs: object) -> object:
        with app.app_context():
            g.lines = []
            return self.run(*args, **kwargs)


celery = Celery("invoices", task_cls=FlaskTask, broker="memory://")
celery.conf.task_always_eager = True


@celery.task(name="invoices.write")
def write(customer: str, cents: list[int]) -> list[str]:
    for each in cents:
        add(each)
    g.lines.append(f"for {customer}")
    return g.lines


def add(cents: int) -> None:
    g.lines.append(f"{cents} {current_app.config['CURRENCY']}")


@app.post("/invoices")
def invoice():
    g.lines = ["the view's own"]
    order = request.get_json()
    lines = write.delay(order["customer"], order["cents"]).get()
    return {"task": lines, "view": g.lines}


def test_each_has_its_own() -> None:
    """The task's lines are not the view's."""
    answer = app.test_client().post("/invoices", json={"customer": "ada", "cents": [100, 250]})
    assert answer.json == {
        "task": ["100 EUR", "250 EUR", "for ada"],
        "view": ["the view's own"],
    }
