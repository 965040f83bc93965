"""The second task of a chain reads the tenant from `g`, where the view's guard has put it."""

import pytest
from flask import Flask, abort, g, request

celery_package = pytest.importorskip("celery")
from celery import Celery, chain

CELL = ("celery-chain", "g", "answered-in-test")

celery = Celery("parcels", broker="memory://")
celery.conf.update(task_always_eager=True, task_eager_propagates=True)
labels: dict[str, list[str]] = {}


@celery.task(name="parcels.weigh")
def weigh(items):
    return sum(items)


@celery.task(name="parcels.label")
def label(weight):
    text = f"{weight} kg"
    _shelf().append(text)
    return text


def _shelf():
    return labels.setdefault(g.tenant, [])  # LEAK FCX208 g


def create_app() -> Flask:
    app = Flask("parcels")

    @app.before_request
    def tenant():
        g.tenant = request.args.get("tenant") or abort(400)

    @app.post("/parcels")
    def pack():
        result = chain(weigh.s([2, 3]), label.s())()  # HANDOVER
        return result.get()

    return app


def test_labels_lie_on_the_tenants_shelf() -> None:
    """Each tenant has a shelf of its own."""
    client = create_app().test_client()
    assert client.post("/parcels?tenant=north").text == "5 kg"
    assert labels.pop("north") == ["5 kg"]


def test_a_tenant_is_needed() -> None:
    """Without one there is no parcel."""
    assert create_app().test_client().post("/parcels").status_code == 400
