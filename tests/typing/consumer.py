"""A program that uses everything public, for mypy's strict mode: it is checked, never run."""

from __future__ import annotations

from typing import Literal, assert_type

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import pytest_flaskctx
from pytest_flaskctx import (
    Caught,
    ContextBleedError,
    ContextLeakError,
    Finding,
    IsolationError,
    IsolationResult,
    Monitor,
    monitor,
)
from pytest_flaskctx.plugin.isolated import FlaskCtxIsolation


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


def create_app() -> Flask:
    """A factory is a callable without arguments."""
    return Flask(__name__)


def visit(client: FlaskClient, token: str) -> TestResponse:
    """A visit may return a response."""
    return client.get("/profile", query_string={"user": token})


def several(client: FlaskClient, token: str) -> list[str]:
    """A visit may return any value."""
    return [client.get(f"/{token}").text]


def is_own(value: object, token: str) -> bool:
    """A check may return whether it holds."""
    return token in str(value)


def without_authors(text: str) -> str:
    """What all may see may be taken out by a function."""
    return text.partition("by ")[0]


def test_isolation(flask_ctx_isolation: FlaskCtxIsolation) -> None:
    """Visits, and each of the arguments, are taken as they are written; the result has a type."""
    result = flask_ctx_isolation(visit, app=create_app)
    assert_type(result, IsolationResult)
    assert_type(result.verdict, Literal["isolated", "inconclusive", "bleeds"])
    assert_type(result.isolated, bool)
    assert_type(result.both_in, tuple[str, ...])
    flask_ctx_isolation(
        visit,
        several,
        app=create_app(),
        copies=3,
        oracle="serial",
        expect=is_own,
        shared=["$.entries[*].author", without_authors],
        reset=lambda: None,
        max_schedules=100,
        max_seconds=2.5,
        seed="seven",
    )


def test_isolation_errors(flask_ctx_isolation: FlaskCtxIsolation) -> None:
    """A bleed is a leak, and tells its findings; what cannot be explored is an error of its own."""
    with pytest.raises(ContextBleedError) as caught:
        flask_ctx_isolation(visit)
    assert_type(caught.value.findings, tuple[Finding, ...])
    leak: ContextLeakError = caught.value
    with pytest.raises(IsolationError):
        raise IsolationError(str(leak))


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
