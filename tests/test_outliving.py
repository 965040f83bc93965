"""FCX204: what is told of tasks that carry a context and that their request does not wait for."""

from __future__ import annotations

import pytest

from pytest_flaskctx.facts import Frame, Incident, Origin, OriginKind
from pytest_flaskctx.rules.outliving import OUTLIVES_REQUEST, judge, untold

VIEW = (Frame("/app.py", 9, "view"),)
EXTENSION = (Frame("/flask_executor.py", 3, "Executor.submit", kind="library"), *VIEW)
VALUES = "Pass the values that the task needs, and no context"


def incident(kind: OriginKind | None = "submit", stack: tuple[Frame, ...] = VIEW) -> Incident:
    """Return a hand-over on line 9."""
    return Incident(
        kind="outlives-request",
        proxy="",
        stack=stack,
        thread="MainThread",
        process=1,
        origin=Origin(kind, stack, "MainThread", None, "test_it") if kind else None,
        request=None,
        words=(),
        test="test_it",
    )


@pytest.mark.parametrize(
    ("kind", "wait"),
    [
        ("submit", "future.result()"),
        ("map", "list(results)"),
        ("thread", "thread.join()"),
        ("timer", "timer.join()"),
        ("threadpool", "result.get()"),
        ("run_in_executor", "await future"),
        ("to_thread", "await asyncio.to_thread(...)"),
        ("greenlet", "greenlet.join()"),
    ],
)
def test_the_repair_waits_as_one_waits_there(kind: OriginKind, wait: str) -> None:
    """The other one is to pass values, whatever the mechanism."""
    verdict = judge(incident(kind))
    assert verdict.rule is OUTLIVES_REQUEST
    assert verdict.message == (
        "a task carries its request's context, and the request does not wait for it"
    )
    assert verdict.hint == f"{VALUES}; or wait for the task in the view:\n\n    {wait}"
    assert not verdict.library


@pytest.mark.parametrize("kind", ["callback", None])
def test_where_nothing_waits_values_are_passed(kind: OriginKind | None) -> None:
    """A callback cannot be waited for by itself."""
    assert judge(incident(kind)).hint == f"{VALUES}."


def test_what_a_library_hands_over_is_its_own_affair() -> None:
    """Flask-Executor copies the context for each task, whoever submits it."""
    verdict = judge(incident(stack=EXTENSION))
    assert verdict.library
    assert verdict.hint == ("Nothing to repair here: the library hands over what it chose itself.")


def test_what_only_observes_the_program_hands_nothing_over() -> None:
    """sentry-sdk stands in the place of ``submit``, and passes on what the user's line gave."""
    observer = Frame("/x/sentry_sdk/integrations/threading.py", 5, "submit", kind="library")
    assert not judge(incident(stack=(observer, *VIEW))).library
    assert judge(incident(stack=(observer, *EXTENSION))).library


def test_it_gives_way_to_what_came_of_it() -> None:
    """Each other rule of contexts that are carried says more; a proxy without one is another leak."""
    one = incident()
    assert untold(one, [("FCX101", "request"), ("FCX201", "request")]) is None
    assert untold(one, [("FCX205", "session")]) is None
    assert untold(one, [("FCX101", "request"), ("FCX302", "")]) is one
    assert untold(one, []) is one


def test_the_words_of_the_rule() -> None:
    """It fails in strict mode, and its place is a hand-over."""
    assert OUTLIVES_REQUEST.level == "strict"
    assert OUTLIVES_REQUEST.place == "handed over here:"
    assert OUTLIVES_REQUEST.why == (
        "The task may read a request that is over, teardown functions run a second time behind the "
        "response, and the request stays in memory until the task ends."
    )
