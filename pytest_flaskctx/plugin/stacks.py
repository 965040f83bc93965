"""Where a test begins: what lies further out on a stack is the test runner's."""

from __future__ import annotations

from types import CodeType

from _pytest import fixtures, python

BENEATH_TESTS: tuple[CodeType, ...] = (
    python.pytest_pyfunc_call.__code__,
    fixtures.call_fixture_func.__code__,
)
"""Code that calls test functions and fixtures."""
