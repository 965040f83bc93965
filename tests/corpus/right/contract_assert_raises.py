"""A `TestCase` states the contract that a session cannot be read in a pool by `assertRaises`."""

import unittest
from multiprocessing.pool import ThreadPool

from flask import session

MUTANT = "expected-ignored"


def cart_size() -> int:
    return len(session["cart"])


class CartContract(unittest.TestCase):
    """Where a cart can be read."""

    def test_not_in_a_pool(self) -> None:
        """Another thread has no cart."""
        with ThreadPool(1) as pool:
            result = pool.apply_async(cart_size)
            with self.assertRaises(RuntimeError):
                result.get(timeout=5)

    def test_not_in_a_map(self) -> None:
        """Neither has any other of several."""
        with ThreadPool(1) as pool, self.assertRaisesRegex(RuntimeError, "request context"):
            pool.starmap(cart_size, [()])


if __name__ == "__main__":
    unittest.main()
