"""Our own failures, outside the probes: told in one line of the report, never raised.

An error in a hook would end the whole run as an ``INTERNALERROR``, or fail a test that did nothing
wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pytest_flaskctx.failures import told

Result = TypeVar("Result")


class Mishaps:
    """What went wrong in our own code.

    Attributes:
        told: the first failure of each kind of step.
    """

    def __init__(self) -> None:
        self.told: dict[str, str] = {}

    def guard(self, step: str, function: Callable[[], list[Result]]) -> list[Result]:
        """Return what ``function`` returns, nothing where it fails.

        Args:
            step: what it does, for the report.
            function: the step.
        """
        try:
            return function()
        except Exception as error:  # never the user's failure
            self.told.setdefault(step, told(error))
            return []
