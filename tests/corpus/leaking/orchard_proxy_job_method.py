"""A picking job keeps the proxy `g` among its fields, and its method is handed to a pool."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask, g

CELL = ("submit", "g", "kept-unused")


@dataclass
class Picking:
    """One row of trees, and for whom it is picked."""

    row: int
    customer: Any
    baskets: int = 0

    def run(self) -> int:
        self.baskets += self.row * 2
        return self.baskets


class Orchard:
    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(max_workers=1)
        self.app = Flask(__name__)
        self.app.before_request(self.identify)
        self.app.add_url_rule("/rows/<int:row>", view_func=self.pick, methods=["POST"])

    def identify(self) -> None:
        g.customer = "market hall"

    def pick(self, row: int):
        picked = self.pool.submit(Picking(row, g).run)  # HANDOVER  # LEAK FCX103 g
        return {"baskets": picked.result(timeout=5)}


@pytest.fixture
def orchard():
    made = Orchard()
    yield made
    made.pool.shutdown(wait=True)


def test_baskets_are_counted(orchard) -> None:
    """Two baskets a tree."""
    assert orchard.app.test_client().post("/rows/4").json == {"baskets": 8}
