"""FCX304: a request object is still held by a module or a class after its test."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_flaskctx.rules.base import Rule, Verdict

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Incident

RETAINED_REQUEST = Rule(
    "FCX304",
    "retained-request",
    "strict",
    "A request object is still held by a module or a class after its test.",
    "It outlives its user: whoever reads it there gets another user's data, and what it holds, such "
    "as uploaded files, stays in memory.",
    place="held by:",
)
_HINT = """\
Keep the values that are wanted later, in place of the request:

    last = {"user": request.args["user"], "path": request.path}"""


def judge(incident: Incident) -> Verdict:
    """Return what is wrong with a request that is held.

    The words of such an incident are what holds it, as the program would write it; how it is held
    there, where that is no attribute or item; and the first again without what changes from run
    to run.
    """
    holder, how, steady = incident.words
    place = f"{how} `{holder}`" if how else f"`{holder}`"
    message = f"{place} still holds the request after its test"
    return Verdict(RETAINED_REQUEST, message, _HINT, expression=steady)
