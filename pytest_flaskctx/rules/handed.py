"""FCX103: a proxy itself is handed to a task.

Where the task then uses it without a context, that use is the finding. This rule tells of the
others: the proxy that is not used yet, or only in some branch, and the one that silently stands
for something else in a context that the task pushes.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from pytest_flaskctx.rules.base import Rule, Verdict
from pytest_flaskctx.rules.exempt import handed_over_by_library
from pytest_flaskctx.rules.outliving import LIBRARY

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Incident

PROXY_HANDED_OVER = Rule(
    "FCX103",
    "proxy-handed-over",
    "strict",
    "A context proxy itself is handed to a task.",
    "A proxy is only a name: in the task it stands for what is bound there, if anything is, and "
    "not for what it stood for here.",
    place="handed over here:",
)
_NAMED = re.compile(r"as (?P<way>keyword|the attribute) `(?P<name>.*)`", re.DOTALL)
_APP = """\
Pass the application itself:

    app = current_app._get_current_object()"""
_VALUE = """\
Read what the task needs of `{}` before it is handed over, and pass that. For example:

    {}"""
_READS = {
    "request": 'name = request.args["name"]',
    "session": 'cart = session["cart"]',
    "g": "tenant = g.tenant",
    "current_user": "user_id = current_user.id",
    "app_ctx": "tenant = app_ctx.g.tenant",
    "request_ctx": "path = request_ctx.request.path",
}


def pairs(words: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return names and ways, which stand in turns in the words of an incident."""
    return list(zip(words[::2], words[1::2], strict=True))


def described(incident: Incident) -> list[str]:
    """Return what ``incident`` tells of, each with how it goes along.

    A name that is data, a header's for one, is not shown: what goes by name does so by one that
    stands in the source of who handed it over, and an attribute's is one that code can speak.
    """
    return [f"`{name}` ({_shown(how, incident)})" for name, how in pairs(incident.words)]


def _shown(how: str, incident: Incident) -> str:
    found = _NAMED.fullmatch(how)
    if found is None:
        return how
    name = found["name"]
    if found["way"] == "the attribute":
        return how if name.isidentifier() else "as an attribute"
    # Where nothing is told nobody reads sources.
    from pytest_flaskctx import source

    files = {frame.file for frame in incident.stack if frame.kind == "user"}
    return how if any(name in source.names(file) for file in files) else "as a keyword"


def listed(parts: list[str]) -> str:
    """Return ``parts`` as a list in a sentence."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def without(incident: Incident, names: Collection[str]) -> Incident | None:
    """Return ``incident`` without what is told of ``names``, ``None`` if nothing is left."""
    kept = [(name, how) for name, how in pairs(incident.words) if name not in names]
    if not kept:
        return None
    words = tuple(word for pair in kept for word in pair)
    return incident._replace(proxy=kept[0][0], words=words)


def untold(incident: Incident, beside: Collection[tuple[str, str]]) -> Incident | None:
    """Return what of ``incident`` no other finding of the same task tells."""
    return without(incident, {proxy for _, proxy in beside})


def judge(incident: Incident) -> Verdict:
    """Return what is wrong with proxies that were handed over.

    The words of such an incident are, in turns, the name of a proxy and how it goes along.
    """
    parts = described(incident)
    many = len(parts) > 1
    library = handed_over_by_library(incident)
    return Verdict(
        PROXY_HANDED_OVER,
        f"the {'proxies' if many else 'proxy'} {listed(parts)} "
        f"{'are themselves' if many else 'is itself'} handed to a task",
        LIBRARY if library else _hint(incident.proxy),
        library=library,
    )


def _hint(proxy: str) -> str:
    if proxy == "current_app":
        return _APP
    return _VALUE.format(proxy, _READS.get(proxy, f"value = {proxy}._get_current_object()"))
