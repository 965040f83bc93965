"""Catch leaks of Flask's context proxies into other threads, in the test that causes them.

Installed, it is a pytest plugin and needs no import. From Python::

    with pytest_flaskctx.monitor() as watching:
        client.post("/queue")
    for finding in watching.findings:
        print(finding.message)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from pytest_flaskctx._version import __version__

if TYPE_CHECKING:
    from pytest_flaskctx.errors import ContextBleedError, ContextLeakError, IsolationError
    from pytest_flaskctx.findings import Finding
    from pytest_flaskctx.isolation.verdicts import IsolationResult
    from pytest_flaskctx.monitors import Caught, Monitor, monitor

__all__ = [
    "Caught",
    "ContextBleedError",
    "ContextLeakError",
    "Finding",
    "IsolationError",
    "IsolationResult",
    "Monitor",
    "__version__",
    "monitor",
]

_HOMES = {
    "Caught": "monitors",
    "ContextBleedError": "errors",
    "ContextLeakError": "errors",
    "Finding": "findings",
    "IsolationError": "errors",
    "IsolationResult": "isolation.verdicts",
    "Monitor": "monitors",
    "monitor": "monitors",
}


def __getattr__(name: str) -> object:
    """Import what is asked for: pytest imports this package in every run, leak or none."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
