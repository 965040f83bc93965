"""The exceptions that a user may meet or expect."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_flaskctx.findings import Finding


class ContextLeakError(AssertionError):
    """A test leaked a Flask context.

    Attributes:
        findings: everything that made it fail, the most certain first.
    """

    def __init__(self, message: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings

    def __reduce__(self) -> tuple[type[ContextLeakError], tuple[str, tuple[Finding, ...]]]:
        return type(self), (str(self), self.findings)


class ContextBleedError(ContextLeakError):
    """One request's data turned up in another's response; raised by ``flask_ctx_isolation``."""


class IsolationError(RuntimeError):
    """``flask_ctx_isolation`` cannot explore the requests, or they never come to an end."""
