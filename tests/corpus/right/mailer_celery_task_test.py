"""A test runs a task by `apply()` in an app context of its own, as the worker has one: right."""

import pytest
from flask import Flask, current_app, g

pytest.importorskip("celery")
from celery import Celery, Task

MUTANT = "eager-task"

celery = Celery("mailer", broker="memory://")
outbox = []


class Mailing(Task):
    """Pushes a context only where none is bound: a recipe that goes round."""

    def __call__(self, *args: object, **kwargs: object) -> object:
        from flask import has_app_context

        if has_app_context():
            return self.run(*args, **kwargs)
        with flask_app.app_context():
            return self.run(*args, **kwargs)


flask_app = Flask("mailer")
flask_app.config["SENDER"] = "shop@example.org"


@celery.task(base=Mailing, name="mailer.remind")
def remind(to: str) -> str:
    outbox.append((current_app.config["SENDER"], to))
    return to


@flask_app.post("/remind/<to>")
def remind_view(to: str):
    return remind.apply((to,)).get()


@pytest.fixture
def app_context():
    with flask_app.app_context():
        g.started = True
        yield


def test_task_alone(app_context) -> None:
    """In the test's own app context the task works as in a worker's."""
    assert remind.apply(args=("ada",)).get() == "ada"
    assert outbox.pop() == ("shop@example.org", "ada")


def test_task_of_a_view() -> None:
    """The recipe asked whether an app context is there."""
    assert flask_app.test_client().post("/remind/bob").text == "bob"
    assert outbox.pop() == ("shop@example.org", "bob")
