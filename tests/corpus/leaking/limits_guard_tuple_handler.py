"""Quotas are mapped in a pool inside a `try` that names `RuntimeError` among others, for `g`."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask, g

CELL = ("map", "g", "guard")

app = Flask(__name__)


def quota(resource: str) -> int:
    limit = 10
    try:
        limit = g.limits[resource]  # LEAK FCX102 g
    except (KeyError, AttributeError, RuntimeError):
        limit += 1
    return limit


@app.get("/quotas")
def quotas():
    g.limits = {"mails": 100, "files": 50}
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(quota, g.limits))  # HANDOVER
    return {"quotas": found}


class TestQuotas:
    """What a customer may use."""

    def test_one_for_each_resource(self) -> None:
        """Each resource has a quota."""
        assert len(app.test_client().get("/quotas").json["quotas"]) == 2
