"""Catch leaks of Flask's context proxies into other threads, in the test that causes them.

Installed, it is a pytest plugin and needs no import. From Python::

    with pytest_flaskctx.monitor() as watching:
        client.post("/queue")
    for finding in watching.findings:
        print(finding.message)
"""

from __future__ import annotations

from pytest_flaskctx._version import __version__
from pytest_flaskctx.errors import ContextLeakError
from pytest_flaskctx.findings import Finding
from pytest_flaskctx.monitor import Caught, Monitor, monitor

__all__ = ["Caught", "ContextLeakError", "Finding", "Monitor", "__version__", "monitor"]
