"""Where a test begins: what lies further out on a stack is the test runner's."""

from __future__ import annotations

from types import CodeType, FrameType

from _pytest import fixtures, pathlib, python

from pytest_flaskctx.stacks import beneath

BENEATH_TESTS: tuple[CodeType, ...] = (
    python.pytest_pyfunc_call.__code__,
    fixtures.call_fixture_func.__code__,
    pathlib.import_path.__code__,
)
"""Code that calls test functions and fixtures, and imports the files of tests."""


def outlives_test(frame: FrameType) -> bool:
    """Whether ``frame`` stands in the set-up of a fixture that more than one test may have.

    ``setUpClass``, ``setup_module`` and the like are such fixtures, too.
    """
    caller = beneath(frame)
    if caller is None or caller.f_code is not fixtures.call_fixture_func.__code__:
        return False
    scope: str = caller.f_locals["request"].scope
    return scope != "function"
