"""What cannot be explored, told in one line before anything is tried."""

from __future__ import annotations

import sys
import threading
from typing import Any

from pytest_flaskctx.errors import IsolationError
from pytest_flaskctx.isolation.roles import roles

_SHARED_POOLS = ("StaticPool", "SingletonThreadPool")


def check(app: Any) -> None:
    """Raise where it cannot work.

    Args:
        app: the application, or its factory.

    Raises:
        IsolationError: one line says why, and what to do.
    """
    if roles.role is not None:
        raise IsolationError(
            "flask_ctx_isolation is called within a visit; one at a time can explore"
        )
    monkey = sys.modules.get("gevent.monkey")
    if monkey is not None and monkey.is_module_patched("threading"):
        raise IsolationError(
            "gevent has patched threading: its greenlets cannot be stepped. Run these tests in a "
            "process in which gevent.monkey.patch_all() is not called"
        )
    if sys.platform in ("emscripten", "wasi"):
        raise IsolationError(f"there are no threads on {sys.platform}")
    pool = _shared_pool(app)
    if pool:
        raise IsolationError(
            f"all threads share one database connection ({pool}): what two requests do there is no "
            "matter of the app's. Give this test a SQLite file, or a server: "
            "SQLALCHEMY_DATABASE_URI = f'sqlite:///{tmp_path}/test.db'"
        )


def debugger() -> str:
    """Return which debugger is at work; empty if none is."""
    monitoring = getattr(sys, "monitoring", None)
    if monitoring is not None and monitoring.get_tool(monitoring.DEBUGGER_ID) is not None:
        return str(monitoring.get_tool(monitoring.DEBUGGER_ID))
    trace: Any = sys.gettrace() or threading.gettrace()
    module = str(getattr(trace, "__module__", "") or type(trace).__module__)
    known = ("pdb", "bdb", "pydevd", "_pydevd", "debugpy")
    return module if module.partition(".")[0].startswith(known) else ""


def _shared_pool(app: Any) -> str:
    """Return the kind of pool through which all threads share one connection; empty if none does."""
    extension = getattr(app, "extensions", {}).get("sqlalchemy")
    engines = getattr(extension, "_app_engines", {}).get(app, {})
    for engine in engines.values():
        name = type(engine.pool).__name__
        if name in _SHARED_POOLS:
            return name
    return ""
