"""FCX205: the session is changed after it was saved, and nobody will ever read the change."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from pytest_flaskctx.places import acting
from pytest_flaskctx.rules.base import Rule, Verdict
from pytest_flaskctx.rules.exempt import called_by_user

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Incident, Stack

LOST_SESSION_WRITE = Rule(
    "FCX205",
    "lost-session-write",
    "fail",
    "The session is changed after it was saved, and the change is lost.",
    "Flask saves the session once, when the view's response is made; what is changed later "
    "reaches neither the cookie nor the store, and the next request finds the old value.",
    place="changed here:",
)
_NAMED = 2
_RENDERS = "jinja2/environment.py"
_INSTALLED = ("site-packages", "dist-packages")
_LIBRARY = "Nothing to repair here: the library changes the session on its own account."
_TASK = """\
Change it in the view, before the task is handed over:

    {code}

What the task finds out later, keep in a database or cache under the user's id."""
_REQUEST = """\
Change it in the view, or in a function that runs before the session is saved:

    @app.after_request
    def {function}(response):
        {code}
        return response

Teardown functions, `call_on_close` and streamed generators and templates run after that."""
# What Flask and Flask-Login keep there is not written by hand: how it is set, and removed.
_CALLS = {
    "'_flashes'": ("flash(...)", "get_flashed_messages()"),
    "'_permanent'": ("session.permanent = True", "session.permanent = False"),
    "'_user_id'": ("login_user(...)", "logout_user()"),
}


def judge(incident: Incident) -> Verdict:
    """Return what is wrong with a session that was changed after its save.

    The words of such an incident are who changed it, ``task`` or ``request``; how, ``set``,
    ``removed``, ``changed`` or ``changed in place``; and the keys.
    """
    who, how, *told = incident.words
    keys = [key if key in _CALLS or _spelt(incident, key) else "..." for key in told]
    verb = "was" if len(keys) == 1 else "were"
    library = _librarys_own(incident)
    return Verdict(
        LOST_SESSION_WRITE,
        f"{_listed(keys)} {verb} {how} after the session had been saved",
        _LIBRARY if library else _hint(who, how, keys[0]),
        library=library,
    )


def _spelt(incident: Incident, key: str) -> bool:
    """Whether a key stands in the user's source; else it may be somebody's data, as a token is."""
    # Not before there is an incident to judge: it brings in the parser.
    from pytest_flaskctx import source

    origin, stacks = incident.origin, [incident.stack, incident.within]
    while origin is not None:
        stacks.append(origin.stack)
        origin = origin.parent
    files = {frame.file for stack in stacks for frame in stack if frame.kind == "user"}
    return any(source.spells(file, key) for file in files)


def _librarys_own(incident: Incident) -> bool:
    stack = incident.stack
    actor = acting(stack)
    if actor is None or actor.kind != "library":
        return False
    return not called_by_user(stack) and not _in_template(stack)


def _in_template(stack: Stack) -> bool:
    """Whether a template of the user's did it: no Python file, it is taken for a library's."""
    for inner, outer in pairwise(stack):
        if outer.file.replace("\\", "/").endswith(_RENDERS):
            return not any(mark in inner.file for mark in _INSTALLED)
    return False


def _listed(keys: list[str]) -> str:
    named = [f"`session[{key}]`" for key in keys[:_NAMED]]
    more = len(keys) - _NAMED
    if more > 0:
        return f"{', '.join(named)} and {more} more {'key' if more == 1 else 'keys'}"
    return " and ".join(named)


def _hint(who: str, how: str, key: str) -> str:
    put, taken = _CALLS.get(key, (f"session[{key}] = ...", f"session.pop({key}, None)"))
    code, function = (taken, "forget") if how == "removed" else (put, "remember")
    form = _TASK if who == "task" else _REQUEST
    return form.format(code=code, function=function)
