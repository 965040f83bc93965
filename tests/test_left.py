"""FCX301 and FCX302: what is said of a context that was left behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from builders import finding, frame, handover

from pytest_flaskctx.facts import Incident, IncidentKind
from pytest_flaskctx.findings import Finding
from pytest_flaskctx.reports.telling import tell
from pytest_flaskctx.rules import incidents, left
from pytest_flaskctx.rules.base import Verdict


def verdict(
    kind: IncidentKind, *words: str, functions: tuple[str, ...] = ("test_it",)
) -> Verdict | None:
    """Return what is said of a context that was left behind, pushed in ``functions``."""
    incident = Incident(
        kind=kind,
        proxy="",
        stack=tuple(frame(3, function) for function in functions),
        thread="main",
        process=1,
        origin=None,
        request=None,
        words=words,
        test="test_it",
    )
    return incidents.judge(incident)


BLOCK = """\
Let a `with` block pop it, in the test or in a fixture:

    @pytest.fixture
    def context(app):
        with {call}:
            yield"""
SET_UP = """\
Have it popped when the test is over, whatever happens:

    def setUp(self):
        self.enterContext({call})"""
STREAM = """\
Read the response to its end, or close it:

    with client.get(...) as response:
        ..."""
CLIENT = """\
Use the client in a `with` block, at whose end it pops what it kept:

    with app.test_client() as client:
        client.get(...)"""
TASK = """\
Let a `with` block pop it in the task itself:

    with {call}:
        ...

Where all tasks of the pool are to share one, push it in the pool's `initializer`."""
APP, REQUEST = "app.app_context()", "app.test_request_context()"


@pytest.mark.parametrize(
    ("words", "what", "hint"),
    [
        (("app", "push"), "an application context", BLOCK.format(call=APP)),
        (("request", "with"), "a request context", BLOCK.format(call=REQUEST)),
        (
            ("request", "stream"),
            "the context of a streamed response that nobody read to its end",
            STREAM,
        ),
        (("request", "client"), "the context that a test client kept", CLIENT),
    ],
)
def test_a_test_that_leaves_a_context(words: tuple[str, ...], what: str, hint: str) -> None:
    """Which context it is, and how it is popped where it was pushed in this way."""
    message = f"{what} is still pushed when its test is over"
    assert verdict("left-context", *words) == Verdict(left.LEAKED_CONTEXT, message, hint)


@pytest.mark.parametrize(("slot", "call"), [("app", APP), ("request", REQUEST)])
def test_a_set_up_is_told_what_test_cases_do(slot: str, call: str) -> None:
    """A ``TestCase`` has a method for it."""
    functions = ("push", "Base.setUp")
    found = verdict("left-context", slot, "push", functions=functions)
    assert found is not None
    assert found.hint == SET_UP.format(call=call)


@pytest.mark.parametrize(("test", "whose"), [("test_b", "test_b"), ("", "a later test")])
def test_a_later_request_on_it_fails(test: str, whose: str) -> None:
    """Then it is no risk any more, and the message names the test that was served."""
    found = verdict("left-context", "app", "push", test)
    assert found is not None
    assert found.level == "fail"
    assert found.message == (
        "an application context is still pushed when its test is over, "
        f"and a request of {whose} was served on it"
    )


def test_a_task_that_leaves_a_context() -> None:
    """The task is to pop it, or the initializer to push it; a stream is to be closed."""
    where = "is still pushed in a thread of a pool when its task is over"
    rule = left.LEAKED_WORKER_CONTEXT
    assert verdict("left-worker-context", "app", "push") == Verdict(
        rule, f"an application context {where}", TASK.format(call=APP)
    )
    assert verdict("left-worker-context", "request", "with") == Verdict(
        rule, f"a request context {where}", TASK.format(call=REQUEST)
    )
    what = "the context of a streamed response that nobody read to its end"
    assert verdict("left-worker-context", "request", "stream") == Verdict(
        rule, f"{what} {where}", STREAM
    )


def left_behind(**changes: object) -> Finding:
    """Return a finding that no task and no proxy has to do with."""
    story = finding(
        code="FCX301", rule="leaked-context", proxy="", handover=None, request=None, phase="late"
    )
    return replace(story, **changes)  # type: ignore[arg-type]


def facts(each: Finding) -> tuple[str, ...]:
    """Return what is told beside the places."""
    return tell(each, root=Path("/project")).facts


def test_what_the_test_did_itself_has_no_origin() -> None:
    """That no task is known for it, and when it was judged, is no news."""
    assert facts(left_behind()) == ()
    assert "no task is known" in facts(left_behind(proxy="request"))[0]
    assert "late: its test was over already" in facts(left_behind(handover=handover()))


def test_the_place_is_where_it_was_pushed() -> None:
    """Its heading says so, and the thread is named."""
    (place,) = tell(left_behind(thread="MainThread"), root=Path("/project")).places
    assert place.heading == "pushed here:"
    assert place.inside.endswith("thread 'MainThread'")
