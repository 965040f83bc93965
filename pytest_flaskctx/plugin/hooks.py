"""The hook that suites may implement, and the call of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_flaskctx.plugin.mishaps import Mishaps

if TYPE_CHECKING:
    from pytest_flaskctx.findings import Finding


def pytest_flaskctx_finding(finding: Finding) -> bool | None:
    """See each finding before it is reported; return ``False`` to drop it.

    Args:
        finding: one leak site of one test.
    """


def vetoed(hook: Any, finding: Finding, mishaps: Mishaps) -> bool:
    """Whether an implementation of the hook drops ``finding``; one that fails drops nothing."""
    answers: list[object] = mishaps.guard(
        "calling pytest_flaskctx_finding", lambda: hook.pytest_flaskctx_finding(finding=finding)
    )
    return False in answers
