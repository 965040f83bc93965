"""A test of pytest's, as the engine knows it: asked for its words when there is something to tell."""

from __future__ import annotations

import inspect
from types import CodeType
from typing import Any

import pytest

from pytest_flaskctx.plugin import markers
from pytest_flaskctx.trial import Terms
from pytest_flaskctx.unasked import namespace_of
from pytest_flaskctx.workloads import Subject


class ItemSubject(Subject):
    """One item.

    Args:
        item: the test.
    """

    def __init__(self, item: pytest.Item) -> None:
        self.item = item

    @property
    def name(self) -> str:
        """The node id, which some versions of pytest put together anew each time."""
        return self.item.nodeid

    @property
    def location(self) -> tuple[str, int | None, str]:
        """Where the test is written."""
        return self.item.location

    @property
    def code(self) -> CodeType | None:
        """Code of the test as it was written; pytest-run-parallel wraps it in threads."""
        function: Any = getattr(self.item, "obj", None)
        code: CodeType | None = getattr(inspect.unwrap(function), "__code__", None)
        return code

    def shares(self, thing: object) -> bool:
        """Whether a fixture of wider scope made ``thing``, or its class or module has it.

        A fixture may have it in an object of its own.
        """
        request: Any = getattr(self.item, "_request", None)
        fixtures = getattr(request, "_fixture_defs", {}).values()
        made = [
            fixture.cached_result[0]
            for fixture in fixtures
            if fixture.scope != "function" and fixture.cached_result is not None
        ]
        owners = [*made, getattr(self.item, "cls", None), getattr(self.item, "module", None)]
        kept = [each for owner in owners for each in (namespace_of(owner) or {}).values()]
        return any(each is thing for each in (*made, *kept))

    def terms(self) -> Terms:
        """Return on what terms the test is judged, by the markers that it has by now."""
        return Terms(markers.strict(self.item), tuple(markers.allowances(self.item)))
