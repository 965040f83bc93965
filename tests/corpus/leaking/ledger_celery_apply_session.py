"""A ledger's export runs by `apply()` and keeps its progress in the session, as no worker could."""

from types import SimpleNamespace

import pytest
from flask import Blueprint, Flask, session

pytest.importorskip("celery")
from celery import Celery, Task

CELL = ("celery-apply", "session", "answered-in-test")

ledger = Blueprint("ledger", __name__, url_prefix="/ledger")
celery = Celery("ledger", broker="memory://")
ROWS = [SimpleNamespace(account="rent", cents=70_000), SimpleNamespace(account="tea", cents=350)]


class Export(Task):
    """Writes rows as text."""

    name = "ledger.export"

    def run(self, accounts):
        rows = [row for row in ROWS if row.account in accounts]
        self.remember(len(rows))
        return "\n".join(f"{row.account};{row.cents}" for row in rows)

    def remember(self, count):
        session["exported"] = count  # LEAK FCX208 session


export = celery.register_task(Export())


@ledger.get("/export/<account>")
def download(account: str):
    result = export.apply(args=[[account]])  # HANDOVER
    return result.get()


@ledger.get("/progress")
def progress():
    return str(session.get("exported", 0))


@pytest.fixture
def client():
    app = Flask(__name__)
    app.secret_key = "ledger"
    app.register_blueprint(ledger)
    return app.test_client()


@pytest.mark.parametrize(("account", "text"), [("tea", "tea;350"), ("rent", "rent;70000")])
def test_export(client, account: str, text: str) -> None:
    """An account's rows are written, and counted for later."""
    assert client.get(f"/ledger/export/{account}").text == text
    assert client.get("/ledger/progress").text == "1"
