"""A sync view runs a loop of its own to fetch quotes in its pool; a swallowed error leaves none."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, g

CELL = ("run_in_executor", "g", "swallowed")

sources = ThreadPoolExecutor(max_workers=2)

app = Flask(__name__)


@app.url_value_preprocessor
def market_of(endpoint, values) -> None:
    g.market = (values or {}).pop("market", "XETRA")


def quote(symbol: str) -> str:
    return f"{symbol}@{g.market}"  # LEAK FCX101 g


async def collect(symbols: list[str]) -> list[str]:
    quotes = []
    for symbol in symbols:
        future = asyncio.get_running_loop().run_in_executor(sources, quote, symbol)  # HANDOVER
        try:
            quotes.append(await future)
        except Exception:
            continue
    return quotes


@app.get("/quotes/<market>")
def quotes():
    return asyncio.run(collect(["SAP", "BMW"]))


@pytest.fixture(scope="module", autouse=True)
def _sources_closed():
    yield
    sources.shutdown(wait=True)


def test_quotes_are_a_list() -> None:
    """Quotes come as a list, however many there are."""
    assert isinstance(app.test_client().get("/quotes/LSE").json, list)
