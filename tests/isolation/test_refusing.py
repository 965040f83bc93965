"""What cannot be explored is refused in one line; a debugger is told apart."""

from __future__ import annotations

import bdb
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from stepping import stepped

from pytest_flaskctx.errors import IsolationError
from pytest_flaskctx.isolation import refusing
from pytest_flaskctx.isolation.policies import Scheduled
from pytest_flaskctx.isolation.refusing import check, check_databases, debugger

Make = Callable[..., ModuleType]


def application(address: str = "", **config: Any) -> Flask:
    """Return an app, with a database if it has an address."""
    app = Flask("shop")
    if address:
        app.config.update(SQLALCHEMY_DATABASE_URI=address, **config)
        SQLAlchemy(app)
    return app


def test_an_exploration_in_a_visit_is_refused() -> None:
    """One at a time."""
    _, (outcome,) = stepped(Scheduled(()), check)
    assert isinstance(outcome.error, IsolationError)
    assert str(outcome.error) == (
        "flask_ctx_isolation is called within a visit; one at a time can explore"
    )


@pytest.mark.parametrize("patched", [False, True])
@pytest.mark.parametrize(
    ("library", "asked", "part", "patches"),
    [
        ("gevent.monkey", "is_module_patched", "threading", r"gevent\.monkey\.patch_all"),
        ("eventlet.patcher", "is_monkey_patched", "thread", r"eventlet\.monkey_patch"),
    ],
)
def test_a_process_that_was_patched_for_greenlets_is_refused(
    library: str,
    asked: str,
    part: str,
    patches: str,
    patched: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To have imported such a library is not enough."""
    made = SimpleNamespace(**{asked: lambda name: patched and name == part})
    monkeypatch.setitem(sys.modules, library, made)  # type: ignore[arg-type]
    if patched:
        who = library.partition(".")[0]
        words = rf"^{who} has patched threading: .* in which {patches}\(\) is not called$"
        with pytest.raises(IsolationError, match=words):
            check()
    else:
        check()


def test_gevent_may_not_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """It need not be imported to know."""
    monkeypatch.delitem(sys.modules, "gevent.monkey", raising=False)
    check()
    assert "gevent.monkey" not in sys.modules


@pytest.mark.parametrize("platform", ["emscripten", "wasi"])
def test_a_platform_without_threads_is_refused(
    platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named."""
    monkeypatch.setattr(refusing.sys, "platform", platform)
    with pytest.raises(IsolationError, match=rf"^there are no threads on {platform}$"):
        check()


WORDS = (
    "all threads share one database connection ({}), which two requests cannot. "
    "Give this test a SQLite file or a server, and no transaction around it: "
    "SQLALCHEMY_DATABASE_URI = f'sqlite:///{{tmp_path}}/test.db'"
)


@pytest.mark.parametrize("app", [application(), object()])
def test_an_app_without_a_database_can_be_explored(app: object, module: Make) -> None:
    """Whatever the user's modules hold besides, and however that answers."""
    made = module(
        """
        class Stubborn:
            def __getattr__(self, name):
                raise AssertionError(name)
        stubborn = Stubborn()
        """
    )
    check_databases(app, [made])


def test_a_connection_that_all_threads_share_is_refused() -> None:
    """SQLite in memory has one; the line says what to give instead."""
    with pytest.raises(IsolationError) as raised:
        check_databases(application("sqlite://"), [])
    assert str(raised.value) == WORDS.format("StaticPool")


def test_a_file_is_a_database_that_can_be_explored(tmp_path: Path) -> None:
    """Each thread has a connection of its own; a second database is looked at, too."""
    file = f"sqlite:///{tmp_path}/test.db"
    check_databases(application(file), [])
    with pytest.raises(IsolationError, match=r"\(StaticPool\)"):
        check_databases(application(file, SQLALCHEMY_BINDS={"other": "sqlite://"}), [])


ENGINE = """
from sqlalchemy import create_engine
from sqlalchemy.orm import Session, scoped_session, sessionmaker
from sqlalchemy.pool import {pool}
engine = create_engine({address!r}, poolclass={pool})
"""


@pytest.mark.parametrize(
    ("pool", "made", "shared"),
    [
        ("StaticPool", "", "StaticPool"),
        ("SingletonThreadPool", "", "SingletonThreadPool"),
        ("QueuePool", "", ""),
        ("QueuePool", "session = scoped_session(sessionmaker(engine))", ""),
        ("QueuePool", "session = scoped_session(sessionmaker())", ""),
        (
            "QueuePool",
            "session = scoped_session(sessionmaker(engine.connect()))",
            "a session bound to a Connection",
        ),
        ("QueuePool", "session = Session(engine)", ""),
        ("QueuePool", "session = Session(engine.connect())", "a session bound to a Connection"),
        ("QueuePool", "made = sessionmaker(engine.connect())\nsession = scoped_session(made)", "a"),
    ],
)
def test_engines_and_sessions_in_the_users_modules_are_looked_at(
    pool: str, made: str, shared: str, module: Make, tmp_path: Path
) -> None:
    """A session that is bound to a connection is in one transaction, often the test's."""
    source = ENGINE.format(pool=pool, address=f"sqlite:///{tmp_path}/test.db")
    users = module(source + made)
    if shared:
        with pytest.raises(IsolationError, match=rf"\({shared}"):
            check_databases(application(), [users])
    else:
        check_databases(application(), [users])
    users.engine.dispose()


def test_the_session_of_the_extension_is_looked_at(tmp_path: Path) -> None:
    """Tests bind it to a connection, to roll back what they did."""
    app = application(f"sqlite:///{tmp_path}/test.db")
    database = app.extensions["sqlalchemy"]
    check_databases(app, [])
    with app.app_context():
        connection = database.engine.connect()
        database.session.session_factory.kw["bind"] = connection
        with pytest.raises(IsolationError, match=r"\(a session bound to a Connection\)"):
            check_databases(app, [])
        connection.close()


def test_a_connection_in_place_of_the_engine_is_refused(tmp_path: Path) -> None:
    """Tests put it there, to roll back what they did."""
    app = application(f"sqlite:///{tmp_path}/test.db")
    with app.app_context():
        engines = app.extensions["sqlalchemy"].engines
        connection = engines[None] = engines[None].connect()
        with pytest.raises(IsolationError, match=r"\(a Connection in place of its engine\)"):
            check_databases(app, [])
        connection.close()


@pytest.fixture
def nothing_traces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A coverage tool may trace, or another listen."""
    monkeypatch.setattr(refusing, "sys", SimpleNamespace(gettrace=lambda: None))
    monkeypatch.setattr(refusing, "threading", SimpleNamespace(gettrace=lambda: None))


@pytest.mark.usefixtures("nothing_traces")
def test_no_debugger_may_be_at_work() -> None:
    """As it is in a run of tests."""
    assert debugger() == ""


@pytest.mark.usefixtures("nothing_traces")
def test_a_debugger_that_listens_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name that it gave itself; others than debuggers are not asked for."""
    tools = {0: None, 1: "coverage"}
    monitoring = SimpleNamespace(DEBUGGER_ID=0, get_tool=tools.get)
    monkeypatch.setattr(refusing.sys, "monitoring", monitoring, raising=False)
    assert debugger() == ""
    tools[0] = "pydevd"
    assert debugger() == "pydevd"


def test_an_ordinary_process_passes() -> None:
    """Nothing is the matter with it."""
    check()


class Unnamed:
    """What traces may be an object, such as that of a debugger written in C."""

    def __call__(self, *event: object) -> None: ...


@pytest.mark.usefixtures("nothing_traces")
@pytest.mark.parametrize(
    ("trace", "named"),
    [
        (bdb.Bdb().trace_dispatch, "bdb"),
        (type("Tracer", (Unnamed,), {"__module__": "_pydevd_bundle.pydevd_cython"})(), "_pydevd"),
        (type("Tracer", (Unnamed,), {"__module__": "debugpy.server"})(), "debugpy.server"),
        (type("Tracer", (Unnamed,), {"__module__": "coverage.pytracer"})(), ""),
        (Unnamed(), ""),
    ],
)
def test_a_debugger_that_traces_is_named_by_its_module(
    trace: Any, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In this thread or in others to come; a coverage tool is none."""
    for where in (refusing.sys, refusing.threading):
        with monkeypatch.context() as patch:
            patch.setattr(where, "gettrace", lambda: trace)
            assert debugger().startswith(named)
            assert bool(debugger()) is bool(named)


def test_a_tracer_without_a_module_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot be told from others."""
    traces = type("Tracer", (Unnamed,), {"__module__": None})
    monkeypatch.setattr(refusing, "sys", SimpleNamespace(gettrace=traces))
    assert debugger() == ""
