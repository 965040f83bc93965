"""FCX301 and FCX302: a test, or a task of a pool, leaves a context behind in its thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_flaskctx.rules.base import Rule, Verdict

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Incident

LEAKED_CONTEXT = Rule(
    "FCX301",
    "leaked-context",
    "strict",
    "A test leaves behind a context that it pushed.",
    "The tests that follow run under it: they share its `g`, its teardown never runs, and code "
    "that should push a context of its own works by luck.",
    place="pushed here:",
)
LEAKED_WORKER_CONTEXT = Rule(
    "FCX302",
    "leaked-worker-context",
    "fail",
    "A task leaves behind a context that it pushed in a thread of a pool.",
    "The next task in that thread finds it: it reads another task's `g` or another user's request, "
    "and what the context opened is never closed.",
    place="pushed here:",
)
_CONTEXTS = {"app": "an application context", "request": "a request context"}
_CALLS = {"app": "app.app_context()", "request": "app.test_request_context()"}

_BLOCK = """\
Let a `with` block pop it, in the test or in a fixture:

    @pytest.fixture
    def context(app):
        with {call}:
            yield"""
_SET_UP = """\
Have it popped when the test is over, whatever happens:

    def setUp(self):
        self.enterContext({call})"""
_STREAM = """\
Read the response to its end, or close it:

    with client.get(...) as response:
        ..."""
_CLIENT = """\
Use the client in a `with` block, at whose end it pops what it kept:

    with app.test_client() as client:
        client.get(...)"""
_TASK = """\
Let a `with` block pop it in the task itself:

    with {call}:
        ...

Where all tasks of the pool are to share one, push it in the pool's `initializer`."""


def judge(incident: Incident) -> Verdict:
    """Return what is wrong with a context that a test left behind.

    The words of such an incident are which context it is (``app`` or ``request``), how it was
    pushed and, where a later request was served on it, in which test that was.
    """
    slot, way, *served = incident.words
    message = f"{_what(slot, way)} is still pushed when its test is over"
    if not served:
        return Verdict(LEAKED_CONTEXT, message, _hint(incident, slot, way))
    (test,) = served
    later = f", and a request of {test or 'a later test'} was served on it"
    return Verdict(LEAKED_CONTEXT, message + later, _hint(incident, slot, way), level="fail")


def judge_worker(incident: Incident) -> Verdict:
    """Return what is wrong with a context that a task left behind.

    The words of such an incident are which context it is, ``app`` or ``request``, and how it was
    pushed.
    """
    slot, way = incident.words
    message = f"{_what(slot, way)} is still pushed in a thread of a pool when its task is over"
    hint = _STREAM if way == "stream" else _TASK.format(call=_CALLS[slot])
    return Verdict(LEAKED_WORKER_CONTEXT, message, hint)


def _what(slot: str, way: str) -> str:
    if way == "stream":
        return "the context of a streamed response that nobody read to its end"
    if way == "client":
        return "the context that a test client kept"
    return _CONTEXTS[slot]


def _hint(incident: Incident, slot: str, way: str) -> str:
    if way == "stream":
        return _STREAM
    if way == "client":
        return _CLIENT
    names = {frame.function.rpartition(".")[2] for frame in incident.stack}
    return (_SET_UP if "setUp" in names else _BLOCK).format(call=_CALLS[slot])
