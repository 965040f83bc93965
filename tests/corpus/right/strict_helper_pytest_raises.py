"""A test expects a helper to fail in a pool, and receives its error by `pytest.raises`."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import current_app

MUTANT = "expected-ignored"


def setting(name: str) -> str:
    return current_app.config[name]


@pytest.fixture
def pool():
    with ThreadPoolExecutor(max_workers=1) as executor:
        yield executor


def test_setting_needs_an_app(pool) -> None:
    """A setting cannot be read outside an app."""
    future = pool.submit(setting, "MAIL")
    with pytest.raises(RuntimeError, match="outside of application context"):
        future.result(timeout=5)
