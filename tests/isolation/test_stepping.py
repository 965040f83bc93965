"""Which means of telling lines there is."""

from __future__ import annotations

import sys
from types import CodeType, SimpleNamespace

import pytest

from pytest_flaskctx.isolation import stepping
from pytest_flaskctx.isolation.monitoring import Monitoring
from pytest_flaskctx.isolation.tracing import Tracing


def everybodys(code: CodeType) -> bool:
    """Say that code is whoever's is asked for."""
    return True


@pytest.mark.parametrize(
    ("version", "kind"),
    [((3, 11, 9), Tracing), ((3, 12, 0), Monitoring), ((3, 15, 0), Monitoring)],
)
def test_lines_are_traced_where_they_cannot_be_monitored(
    version: tuple[int, ...], kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below Python 3.12; whose the code is tells the user of it."""
    monkeypatch.setattr(stepping, "sys", SimpleNamespace(version_info=version))
    found = stepping.stepping(everybodys, everybodys)
    assert type(found) is kind
    assert not found.fine


@pytest.mark.skipif(sys.version_info < (3, 12), reason="there is no sys.monitoring")
def test_this_python_monitors() -> None:
    """It costs nothing where nobody listens."""
    assert type(stepping.stepping(everybodys, everybodys)) is Monitoring
