"""What cannot be explored, told in one line before anything is tried."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from pytest_flaskctx.errors import IsolationError
from pytest_flaskctx.isolation.roles import roles
from pytest_flaskctx.unasked import asked_of, attribute_of

_SHARED_POOLS = ("StaticPool", "SingletonThreadPool")
# Module, its function that tells what is patched, what for, and what patches.
_GREENLETS = (
    ("gevent.monkey", "is_module_patched", "threading", "gevent.monkey.patch_all"),
    ("eventlet.patcher", "is_monkey_patched", "thread", "eventlet.monkey_patch"),
)
_CONNECTED = "a Connection in place of its engine"


def check() -> None:
    """Raise where nothing can be explored.

    Raises:
        IsolationError: one line says why, and what to do.
    """
    if roles.role is not None:
        raise IsolationError(
            "flask_ctx_isolation is called within a visit; one at a time can explore"
        )
    for module, asked, name, patch in _GREENLETS:
        library = sys.modules.get(module)
        if library is not None and getattr(library, asked)(name):
            raise IsolationError(
                f"{module.partition('.')[0]} has patched threading: its greenlets cannot be stepped. "
                f"Run these tests in a process in which {patch}() is not called"
            )
    if sys.platform in ("emscripten", "wasi"):
        raise IsolationError(f"there are no threads on {sys.platform}")


def check_databases(app: Any, modules: Iterable[ModuleType]) -> None:
    """Raise where all threads share one connection to a database.

    What two requests do to each other there is no matter of the app's.

    Args:
        app: the application, for what Flask-SQLAlchemy made for it.
        modules: the user's, for engines and sessions that they made.

    Raises:
        IsolationError: one line says why, and what to do.
    """
    extension = getattr(app, "extensions", {}).get("sqlalchemy")
    engines = getattr(extension, "_app_engines", {}).get(app, {})
    kept = [each for module in modules for each in vars(module).values()]
    # Fixtures that roll back what a test did put their connection in the engine's place.
    connected = (_CONNECTED for each in engines.values() if _is_connection(each))
    things = (*engines.values(), getattr(extension, "session", None), *kept)
    for shared in (*connected, *map(_shared_connection, things)):
        if shared:
            raise IsolationError(
                f"all threads share one database connection ({shared}), which two requests cannot. "
                "Give this test a SQLite file or a server, and no transaction around it: "
                "SQLALCHEMY_DATABASE_URI = f'sqlite:///{tmp_path}/test.db'"
            )


def _shared_connection(thing: Any) -> str:
    """Return what lets all threads share one connection; empty if ``thing`` does not."""
    module = str(asked_of(type(thing), "__module__"))
    if not module.startswith(("sqlalchemy.", "flask_sqlalchemy.")):
        return ""
    pool = type(attribute_of(thing, "pool")).__name__
    if pool in _SHARED_POOLS:
        return pool
    makes = attribute_of(attribute_of(thing, "session_factory", thing), "kw")
    bind = makes.get("bind") if type(makes) is dict else attribute_of(thing, "bind")
    return "a session bound to a Connection" if _is_connection(bind) else ""


def _is_connection(thing: Any) -> bool:
    return type(thing).__name__ == "Connection"


def debugger() -> str:
    """Return which debugger is at work; empty if none is."""
    monitoring = getattr(sys, "monitoring", None)
    if monitoring is not None and monitoring.get_tool(monitoring.DEBUGGER_ID) is not None:
        return str(monitoring.get_tool(monitoring.DEBUGGER_ID))
    trace: Any = sys.gettrace() or threading.gettrace()
    module = str(getattr(trace, "__module__", "") or type(trace).__module__)
    known = ("pdb", "bdb", "pydevd", "_pydevd", "debugpy")
    return module if module.partition(".")[0].startswith(known) else ""
