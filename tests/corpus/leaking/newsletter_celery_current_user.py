"""A newsletter's task has an app context of its own, and still asks Flask-Login who is there."""

from datetime import date

import pytest
from flask import Flask, current_app

pytest.importorskip("celery")
pytest.importorskip("flask_login")
from celery import Celery, Task
from flask_login import LoginManager, UserMixin, current_user, login_required

CELL = ("celery-eager", "current_user", "silent-none")


class Reader(UserMixin):
    def __init__(self, name: str) -> None:
        self.id = name


class Shop:
    """The app and its queue, made together as Flask's manual shows."""

    def __init__(self) -> None:
        self.app = app = Flask("newsletter")
        app.config["LISTS"] = {"weekly": []}
        LoginManager(app).request_loader(lambda request: Reader(request.args["who"]))

        class FlaskTask(Task):
            def __call__(self, *args: object, **kwargs: object) -> object:
                with app.app_context():
                    return self.run(*args, **kwargs)

        self.celery = Celery("newsletter", task_cls=FlaskTask, broker="memory://")
        self.celery.conf.task_always_eager = True


shop = Shop()


@shop.celery.task(name="newsletter.subscribe")
def subscribe(day: str, name: str) -> None:
    reader = getattr(current_user, "id", "nobody")  # LEAK FCX208 current_user
    current_app.config["LISTS"][name].append((day, reader))


@shop.app.post("/lists/<name>")
@login_required
def join(name: str):
    subscribe.apply_async((date(2026, 1, 5).isoformat(), name), countdown=10)  # HANDOVER
    return "", 204


def test_a_reader_joins() -> None:
    """The list has the reader's name."""
    assert shop.app.test_client().post("/lists/weekly?who=ada").status_code == 204
    assert shop.app.config["LISTS"]["weekly"].pop() == ("2026-01-05", "ada")
