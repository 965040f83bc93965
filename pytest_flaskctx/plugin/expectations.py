"""Errors that a test receives and says it expects.

``pytest.raises`` and ``TestCase.assertRaises`` swallow an error in their ``__exit__``; a leak
whose error ends there is the subject of the test, not a fault of it.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from pytest_flaskctx.patching import Patches
from pytest_flaskctx.sightings import marked

Exit = Callable[..., "bool | None"]


def watch_raises(patches: Patches) -> None:
    """Note which leaks end in a ``pytest.raises`` that expects their error."""
    _watch(patches, type(pytest.raises(Exception)))  # noqa: PT011 - not run


def watch_assert_raises(patches: Patches, unittest_case: ModuleType) -> None:
    """Note which leaks end in an ``assertRaises`` of a ``unittest.case`` that was imported."""
    _watch(patches, unittest_case._AssertRaisesContext)


def _watch(patches: Patches, cls: type) -> None:
    patches.replace(cls, "__exit__", _noting(vars(cls)["__exit__"]))


def _noting(original: Exit) -> Exit:
    def __exit__(  # noqa: N807 - stands in for one
        context: Any, exc_type: Any = None, error: BaseException | None = None, trace: Any = None
    ) -> bool | None:
        __tracebackhide__ = True
        swallowed = original(context, exc_type, error, trace)
        if swallowed and error is not None:
            for sighting in marked(error):
                sighting.expected += 1
        return swallowed

    return __exit__
