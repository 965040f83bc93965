"""A tenant's cache is dropped by `asyncio` callbacks in a thread pool, which pop the tenant off
`g`.
"""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, g

CELL = ("run_in_executor", "g", "loop-exception-handler")

dropping = ThreadPoolExecutor(max_workers=1)
unhandled: list[str] = []
settled = threading.Event()


def drop() -> None:
    tenant = g.pop("tenant", "nobody")  # LEAK FCX101 g
    unhandled.append(tenant)


async def drop_all() -> None:
    loop = asyncio.get_running_loop()
    future = loop.run_in_executor(dropping, drop)  # HANDOVER
    done, _pending = await asyncio.wait([future])
    unhandled.extend(type(f.exception()).__name__ for f in done)
    settled.set()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.delete("/tenants/<tenant>/cache")
    def clear(tenant: str):
        g.tenant = tenant
        threading.Thread(target=asyncio.run, args=(drop_all(),)).start()
        return "", 204

    return app


@pytest.fixture(scope="module", autouse=True)
def _dropping_closed():
    yield
    settled.wait(5)
    dropping.shutdown(wait=True)


def test_cache_is_dropped() -> None:
    """Dropping a cache has nothing to say."""
    assert create_app().test_client().delete("/tenants/acme/cache").status_code == 204
