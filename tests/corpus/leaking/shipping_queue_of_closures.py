"""A warehouse puts closures on a queue; its worker runs them where `request` is not bound."""

import queue
import threading
from collections.abc import Callable

import pytest
from flask import Flask, request

CELL = ("queue-worker", "request", "swallowed")

STOP = object()


class Warehouse:
    """Ships one parcel after the other."""

    def __init__(self) -> None:
        self.jobs: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.idle = threading.Semaphore(0)
        self.shipped: list[str] = []
        self.packer = threading.Thread(target=self._pack, daemon=True)
        self.packer.start()

    def later(self, job: Callable[[], None]) -> None:
        self.jobs.put(job)

    def close(self) -> None:
        self.jobs.put(STOP)
        self.packer.join()

    def _pack(self) -> None:
        while (job := self.jobs.get()) is not STOP:
            try:
                job()
            except Exception:
                pass
            self.idle.release()


@pytest.fixture(scope="module")
def warehouse():
    house = Warehouse()
    yield house
    house.close()


@pytest.fixture
def client(warehouse):
    app = Flask(__name__)

    @app.post("/parcels")
    def ship():
        def pack() -> None:
            address = request.json["address"]  # LEAK FCX101 request
            warehouse.shipped.append(address)

        warehouse.later(pack)
        return "on its way"

    return app.test_client()


def test_parcel_is_on_its_way(client, warehouse) -> None:
    """A parcel leaves once the packer has had its turn."""
    assert client.post("/parcels", json={"address": "Kai 4"}).status_code == 200
    assert warehouse.idle.acquire(timeout=5)
