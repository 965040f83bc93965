"""Uses that never count, whatever context they read, and whose a use is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING

from pytest_flaskctx.places import acting

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Access, FileKind, Incident, Stack
    from pytest_flaskctx.rules.judging import Aftermath

# Debuggers, mocks and isinstance() look at these; a program decides nothing by them.
_LOOKED_AT = frozenset({"__repr__", "__class__", "__dir__", "__doc__", "__wrapped__"})
_DEPTH = 4
"""How many parts of a path may name the package that a file belongs to."""
_DEBUGGERS = frozenset({"pdb", "bdb", "ipdb", "pudb", "pydevd", "_pydevd_bundle", "debugpy"})
_STARTERS = ("threading.py", "process.py")
_OF_USERS = frozenset({"call", "body", "file"})
_SESSION = frozenset({"open_session", "save_session"})
_FLASK_OWN = (
    ("logging.py", "wsgi_errors_stream"),
    ("logging.py", "has_level_handler"),
    # They do without an application where there is none.
    ("helpers.py", "abort"),
    ("helpers.py", "redirect"),
)
# What they read goes into their own reports, whoever called them.
_OBSERVERS = frozenset({"sentry_sdk", "opentelemetry", "ddtrace", "newrelic", "elasticapm"})


def never_counts(access: Access) -> bool:
    """Whether nobody's program depends on what ``access`` read."""
    return access.operation in _LOOKED_AT or _in_debugger(access.stack) or _flasks_own(access)


def _in_debugger(stack: Stack) -> bool:
    return any(not _DEBUGGERS.isdisjoint(_parts(frame.file)) for frame in stack)


def _parts(file: str) -> Iterable[str]:
    return os.path.splitext(file.replace("\\", "/"))[0].split("/")[-_DEPTH:]


def _flasks_own(access: Access) -> bool:
    """Whether Flask asked on its own account: its logging, its guards, its teardown.

    A request and a response ask for the application's limits, and a session for its JSON.
    """
    frame = next((each for each in access.stack if each.kind != "werkzeug"), None)
    if frame is None or frame.kind != "flask" or access.operation in _OF_USERS:
        return False
    place = os.path.basename(frame.file), frame.function
    if place[0] == "wrappers.py" or _keeps_session(access.stack):
        return True
    teardown = frame.function.rpartition(".")[2].startswith("do_teardown_")
    return access.operation == "__bool__" or place in _FLASK_OWN or teardown


def _keeps_session(stack: Stack) -> bool:
    """Whether Flask opens or saves a session: its JSON asks for the application."""
    between = takewhile(lambda frame: frame.kind != "user", stack)
    return any(
        frame.kind == "flask" and frame.function.rpartition(".")[2] in _SESSION for frame in between
    )


def librarys_own(access: Access, aftermath: Aftermath, classify: Callable[[str], FileKind]) -> bool:
    """Whether a library made ``access`` on its own account, its errors staying inside it."""
    actor = acting(access.stack)
    if actor is None or actor.kind != "library" or aftermath.escaped:
        return False
    return all(_stayed(path, classify) for path in aftermath.paths)


def handed_over_by_library(incident: Incident) -> bool:
    """Whether a library handed over what an incident tells of, the user's line only calling it.

    What only observes the program stands in the place of what hands over, and passes it on.
    """
    stack = tuple(each for each in incident.stack if _OBSERVERS.isdisjoint(_parts(each.file)))
    actor = acting(stack)
    return actor is not None and actor.kind == "library"


def called_by_user(stack: Stack) -> bool:
    """Whether the user's line itself called a library for what it gives back: ``db.session``.

    Not a handler of its log, nor what only observes the program.
    """
    for inner, outer in pairwise(stack):
        if outer.kind == "user":
            return inner.kind == "library" and _OBSERVERS.isdisjoint(_parts(inner.file))
    return False


def _stayed(path: tuple[str, ...], classify: Callable[[str], FileKind]) -> bool:
    """Whether an error was caught before it came to the user or out of its thread."""
    kinds = {classify(file) for file in path}
    left = bool(path) and os.path.basename(path[0]) in _STARTERS
    return "user" not in kinds and not left
