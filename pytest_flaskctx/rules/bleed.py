"""FCX401: in the isolation fixture, one request's data turned up in another's response."""

from __future__ import annotations

import re
from keyword import iskeyword
from typing import TYPE_CHECKING

from pytest_flaskctx.rules.base import Rule

if TYPE_CHECKING:
    from pytest_flaskctx.findings import Bleed, Finding

REQUEST_BLEED = Rule(
    "FCX401",
    "request-bleed",
    "fail",
    "One request's data turned up in another's response.",
    "Two users who come at the same time see each other's data; it needs no error and leaves no trace.",
    place="read here, most likely:",
)

_IN_G = """\
Keep it where each request has its own, in `flask.g`, or pass it as an argument:

    g.{name} = ...          # in place of `{holder}`"""
_KEYED = """\
Call `{holder}` with everything that it reads, so that each user has an entry of their own:

    {name}(user_id)         # in place of `{name}()`"""
_CACHE = """\
Make the key of all on which the value depends, the user above all:

    cache.set(f"name/{{user_id}}", ...)         # in place of cache.set("name", ...)"""
_DEFAULT = """\
Make a new one in each call; a default is made once, for all of them:

    def function(..., {name}=None):
        {name} = [] if {name} is None else {name}"""
_CONFIG = """\
The configuration is the application's, for all requests. Keep what belongs to one in `flask.g`:

    g.{name} = ...          # in place of `{holder}`"""
_TEMPLATE = """\
Globals of templates are all requests'. Pass the value to the template, or by a context processor:

    render_template("...", {name}=...)"""
_ENVIRONMENT = """\
The environment is the whole process's. Pass the value along, or keep it in `flask.g`:

    g.value = ...           # in place of os.environ[{holder!r}]"""
_LOCAL = """\
A thread serves many requests, one after the other. Keep it in `flask.g`, or set it at the start of each:

    g.{name} = ...          # in place of `{holder}`"""
_VARIABLE = """\
The default of a context variable is one object for all, and what is set stays with the thread. Give it no \
default, set it at the start of each request, and reset it at the end:

    token = {name}.set(...)
    ...
    {name}.reset(token)"""
_UNKNOWN = (
    "Keep what belongs to one request in `flask.g`, in local variables and arguments; where requests "
    "have to share it, key it by its owner, and hold a lock from the check to the use."
)
_ATOMIC = """\
Hold one lock from the first read, or the check, to what depends on it; or let the database do it in one \
statement or transaction:

    with lock:
        ..."""
_SHARED = """

Or, where everybody may see it, say so:

    flask_ctx_isolation(visit, shared=r"...")"""
_NOT_SEEN = (
    "Where it lay is not known: not as it is in what your modules hold, so perhaps in another form, in a "
    "database, a file or a library. If both visitors are one user there, let each be one of their own, made of the token. "
)
INCONCLUSIVE = (
    "It is no pass: nothing is known of what two requests do to each other there. Explore visits whose "
    "requests can overlap, name the library whose lines they run in `flaskctx_isolation_modules` (ini), "
    "or leave the test out."
)
TIME_ENDED = (
    "It is no pass: not all schedules were tried. Give it longer by `max_seconds=`, or let a visit cost "
    "less: hash passwords in few rounds, delete rows in `reset=` rather than tables."
)
_LOST = (
    "Two users who come at the same time undo each other's work, or see it half done; it needs no error "
    "and leaves no trace."
)

_BY_KIND = {
    "app config": _CONFIG,
    "attribute of function": _IN_G,
    "buffer": _IN_G,
    "cache": _CACHE,
    "cached results of": _KEYED,
    "class attribute": _IN_G,
    "closure variable": _IN_G,
    "context variable": _VARIABLE,
    "default argument": _DEFAULT,
    "environment variable": _ENVIRONMENT,
    "instance attribute": _IN_G,
    "item": _IN_G,
    "module global": _IN_G,
    "set": _IN_G,
    "template global": _TEMPLATE,
    "thread-local": _LOCAL,
}


def undecided(finding: Finding) -> bool:
    """Whether a finding says that an exploration came to no verdict: it tells of no leak."""
    return finding.code == REQUEST_BLEED.code and finding.bleed is None


def place(bleed: Bleed | None) -> str:
    """Return what is said of the line that is shown.

    Args:
        bleed: how it came about; ``None`` where nothing could be told.
    """
    if bleed is None:
        return "asked for here:"
    roles = {step.role for step in bleed.steps}
    if "fails" in roles:
        return "failed here:"
    return REQUEST_BLEED.place if "reads" in roles else "came out here:"


def hint(kind: str, what: str, holder: str, name: str, *, serial: bool = False) -> str:
    """Return what to write instead.

    Args:
        kind: ``token``, ``failure``, ``expect`` or ``serial``.
        what: what kind of thing held the data; empty where that is not known.
        holder: how the program writes it.
        name: its last part.
        serial: whether one request after the other is enough: then it may be meant to be seen.
    """
    if kind in ("serial", "failure"):
        return _ATOMIC
    words = _BY_KIND.get(what, _UNKNOWN)
    if what == "item" and holder.endswith("]") and not holder.endswith("']"):
        # It is a collection, whatever is in it: to have one for each request is not what it is for.
        words = _UNKNOWN
    if kind == "token" and not holder and not serial:
        words = _NOT_SEEN + words
    if holder == "os.environ":
        # Whatever is not spelt in the user's source is not named.
        words = _UNKNOWN
    told = words.format(holder=holder, name=_variable(holder, name))
    return told + (_SHARED if serial and kind == "token" else "")


def _variable(holder: str, name: str) -> str:
    """Return what a variable may be called that holds the same: an item by its key, if it has one."""
    key = re.search(r"\['(\w+)'\]$", holder)
    wanted = key[1].lower() if key is not None else name
    return wanted if wanted.isidentifier() and not iskeyword(wanted) else "value"


def why(kind: str) -> str:
    """Return what is bad about it, in one sentence.

    Args:
        kind: as of :func:`hint`.
    """
    return _LOST if kind in ("serial", "failure") else REQUEST_BLEED.why


def message(kind: str, who: str, whose: str, where: str, *, serial: bool, detail: str = "") -> str:
    """Return what is wrong, in one sentence without a full stop.

    Args:
        kind: what shows it.
        who: the participant that shows it.
        whose: the one whose data it is; empty where no data is.
        where: in what of what it got.
        serial: whether one request after the other is enough.
        detail: what the user's own check says.
    """
    when = "after another request" if serial else "beside another request"
    if kind == "token" and not whose:
        return f"{where} for visitor {who} has data of an earlier visitor"
    if kind == "token":
        return f"{where} for visitor {who} has data of visitor {whose}, {when}"
    if kind == "failure":
        return f"visitor {who} ends with {where} {when}, and never alone"
    if kind == "expect":
        said = f" ({detail})" if detail else ""
        return f"{where}, for visitor {who}, is not as expected {when}{said}"
    return f"{where} for visitor {who} is as in no order of whole requests"
