"""A program that uses everything public, for mypy's strict mode: it is checked, never run."""

from __future__ import annotations

from typing import assert_type

import pytest

import pytest_flaskctx
from pytest_flaskctx import Caught, ContextLeakError, Finding, Monitor, monitor


def without_pytest() -> list[str]:
    """A monitor, its findings and its arguments have types."""
    with monitor(
        mode="strict",
        rules={"unbound-guard": "off"},
        allow=["FCX101 : app/mail.py::send : known"],
        drain_timeout=2.5,
        drain="fast",
        proxies=["shop.users:current_customer"],
    ) as watching:
        watching.drain(timeout=1)
    assert_type(watching, Monitor)
    assert_type(watching.findings, tuple[Finding, ...])
    return [f"{leak.code} {leak.file}:{leak.line} {leak.expression}" for leak in watching.findings]


def test_expects(flask_ctx_monitor: Monitor) -> None:
    """The fixture's type is public."""
    with flask_ctx_monitor.expect("unbound-access", "FCX102") as caught:
        pass
    assert_type(caught, Caught)
    assert_type(caught.findings, tuple[Finding, ...])
    with flask_ctx_monitor.allow("FCX101", reason="moves to the queue"):
        pass


@pytest.mark.flask_ctx_allow("FCX101", reason="moves to the queue")
def test_error_carries_findings() -> None:
    """The error tells what made it."""
    with pytest.raises(ContextLeakError) as caught:
        raise ContextLeakError("a leak", ())
    assert_type(caught.value.findings, tuple[Finding, ...])


def pytest_flaskctx_finding(finding: Finding) -> bool | None:
    """A hook implementation may veto a finding."""
    return None if finding.fails else False


version: str = pytest_flaskctx.__version__
