"""The hook that suites may implement."""

from __future__ import annotations

from pytest_flaskctx.findings import Finding


def pytest_flaskctx_finding(finding: Finding) -> bool | None:
    """See each finding before it is reported; return ``False`` to drop it.

    Args:
        finding: one leak site of one test.
    """
