"""A test draws from `executor.map` inside `pytest.raises`: mapping over `g` is refused, as
expected.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, g

MUTANT = "expected-ignored"


def row(number: int) -> str:
    return f"{g.tenant}-{number}"


class TestRows:
    """Rows belong to a tenant."""

    @pytest.fixture(autouse=True)
    def app(self):
        self.app = Flask(__name__)
        with self.app.app_context():
            yield

    def test_rows_in_this_thread(self) -> None:
        """In the thread of the context rows have a tenant."""
        g.tenant = "acme"
        assert [row(n) for n in range(2)] == ["acme-0", "acme-1"]

    def test_rows_in_a_pool(self) -> None:
        """In a pool they have none."""
        g.tenant = "acme"
        with ThreadPoolExecutor(max_workers=1) as pool:
            rows = pool.map(row, range(1))
            with pytest.raises(RuntimeError):
                next(rows)
