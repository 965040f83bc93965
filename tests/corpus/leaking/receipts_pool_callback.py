"""A receipt made in a process is filed by a callback, which looks for the folder in `g`."""

import multiprocessing

import pytest
from flask import Flask, g

CELL = ("pool-callback", "g", "logged")

filed: list[str] = []


def receipt(number: int) -> str:
    return f"receipt {number}"


def file_receipt(text: str) -> None:
    try:
        filed.append(f"{g.folder}/{text}")  # LEAK FCX101 g
    except Exception as error:
        print("not filed:", type(error).__name__)


@pytest.fixture
def client():
    app = Flask(__name__)
    with multiprocessing.get_context("spawn").Pool(1) as pool:

        @app.post("/receipts/<int:number>")
        def make(number: int):
            g.folder = "2026"
            pool.apply_async(receipt, (number,), callback=file_receipt)  # HANDOVER
            return "on its way"

        yield app.test_client()
        pool.close()
        pool.join()


def test_receipt_is_on_its_way(client) -> None:
    """Whoever asks for a receipt is told at once."""
    assert client.post("/receipts/12").text == "on its way"
