"""Stub accesses: a plain use of ``request`` in a worker, to be varied, and what it comes to."""

from __future__ import annotations

from typing import Any

from pytest_flaskctx.facts import Access, ContextFact, FileKind, Frame, Origin, RequestFact
from pytest_flaskctx.rules.judging import Aftermath, Judgement, judge

REQUEST = RequestFact("GET", "/", "index")
USER = Frame("/app/shop.py", 3, "work")
LIBRARY = Frame("/x/flask_sqlalchemy/session.py", 1, "_app_ctx_id", kind="library")
OBSERVER = Frame("/x/sentry_sdk/flask.py", 1, "_add_user", kind="library")
ORIGIN = Origin("submit", (USER,), "main", REQUEST, "test_it")
INLINE = ORIGIN._replace(kind="callback", inline=True)
OWN = ContextFact(REQUEST, "main", own=True, over=False, same_request=True, owner_waits=False)
LENT = OWN._replace(own=False)
OVER = LENT._replace(over=True)


def access(**changes: Any) -> Access:
    """Return a plain use of ``request`` in a worker."""
    plain = Access(
        proxy="request",
        operation="__getattr__",
        extension=False,
        stack=(USER,),
        thread="worker",
        process=1,
        origin=ORIGIN,
        started=None,
        context=None,
        test="test_it",
        test_thread=False,
    )
    return plain._replace(**changes)


def classify(file: str) -> FileKind:
    """Tell by the folder."""
    return "user" if file.startswith("/app") else "library"


def verdict(found: Access, *paths: tuple[str, ...], escaped: bool = False) -> Judgement | None:
    """Return what the access means after its errors took these ways."""
    return judge(found, Aftermath(frozenset(paths), escaped), classify)
