"""A receipt's task reads the shop's name from `current_app`, of which the worker may have none."""

import unittest

import pytest
from flask import Flask, current_app, url_for

pytest.importorskip("celery")
from celery import Celery, shared_task

CELL = ("celery-eager", "current_app", "answered-in-test")

receipts = []


@shared_task(name="receipts.print", ignore_result=True)
def print_receipt(cents: int) -> None:
    name = current_app.config["SHOP"]  # LEAK FCX208 current_app
    receipts.append(f"{name}: {cents / 100:.2f}")


def make_app() -> Flask:
    app = Flask("receipts")
    app.config.update(SHOP="Corner", TESTING=True)
    celery = Celery("receipts", broker="memory://")
    celery.conf.task_always_eager = True
    celery.set_default()

    @app.post("/sale/<int:cents>")
    def sale(cents: int):
        print_receipt.delay(cents)  # HANDOVER
        return {"self": url_for("sale", cents=cents)}

    return app


class Sale(unittest.TestCase):
    """A sale prints one receipt."""

    def setUp(self) -> None:
        self.app = make_app()

    def test_receipt(self) -> None:
        """It carries the shop's name."""
        with self.app.test_client() as client:
            answer = client.post("/sale/250")
        self.assertEqual(answer.json, {"self": "/sale/250"})
        self.assertEqual(receipts.pop(), "Corner: 2.50")
