"""What a picture says, in sentences."""

from __future__ import annotations

from typing import Any

import pytest
from builders import finding
from stories import after_request, handed, mark, never, readme, served

from pytest_flaskctx.facts import ContextFact, RequestFact
from pytest_flaskctx.findings import Finding
from pytest_flaskctx.reports.html.captions import captions
from pytest_flaskctx.reports.html.choosing import Leak, choose
from pytest_flaskctx.timeline import Lane, Timeline

TASK = "Task `process_task` (ThreadPoolExecutor-0_0) read `request`"


def told(timeline: Timeline, *findings: Finding) -> list[str]:
    chosen = choose(
        timeline, {(f.fingerprint, f.code): Leak(n, f) for n, f in enumerate(findings, 1)}
    )
    assert chosen is not None
    return [caption.text for caption in captions(chosen)]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {},
            f"{TASK} 2,999 ms after POST /task had ended, in a thread that has no context.",
        ),
        (
            {"requests": (served(0, 0.0, 9.0),)},
            f"{TASK} while POST /task was being served, in a thread that has no context.",
        ),
        (
            {"tasks": (handed(0, 0.0, function="", request=None),)},
            "A task (ThreadPoolExecutor-0_0) read `request`, in a thread that has no context.",
        ),
        (
            {"tasks": (), "lanes": (Lane(1, "MainThread"), Lane(2, ""))},
            "A thread of process 2 read `request`, in a thread that has no context.",
        ),
        (
            {"tasks": ()},
            "Thread `ThreadPoolExecutor-0_0` read `request`, in a thread that has no context.",
        ),
    ],
)
def test_unbound(changes: Any, sentence: str) -> None:
    """Who read what, when, and that there was no context."""
    of = finding()
    assert told(readme(of, **changes), of) == [sentence]


def test_after_the_request() -> None:
    """There was a context, so nothing is said of that."""
    of = after_request()
    assert told(readme(of), of) == [
        f"{TASK} 2,999 ms after POST /task had ended.",
    ]


def test_each_finding_once() -> None:
    """However many marks it has."""
    assert len(told(never(finding()), finding(), after_request())) == 2


@pytest.mark.parametrize("changes", [{"code": "FCX103"}, {"proxy": ""}])
def test_what_was_not_read(changes: dict[str, str]) -> None:
    """The other rules have a sentence of their own."""
    of = finding(message="something else", **changes)
    assert told(readme(of, marks=(mark(1, 1.0, of),)), of) == ["something else."]


def test_a_function_is_called() -> None:
    """What looks for a context itself is no proxy that is read."""
    of = finding(proxy="url_for")
    (sentence,) = told(readme(of), of)
    assert sentence.startswith(
        "Task `process_task` (ThreadPoolExecutor-0_0) called `url_for` 2,999"
    )


def test_a_request_that_nobody_knows() -> None:
    """Then the finding's own sentence says more."""
    of = after_request()
    lone = readme(of, tasks=(), marks=(mark(1, 3.0, of)._replace(task=None),))
    assert told(lone, of) == [f"{of.message}."]


@pytest.mark.parametrize(
    ("proxy", "says"), [("request", "of another GET /a"), ("url_for", "called")]
)
def test_anothers_request(proxy: str, says: str) -> None:
    """Whose it was is the point, where something was read of it."""
    context = ContextFact(RequestFact("GET", "/a", "a"), "MainThread", False, False, False, False)
    of = finding(code="FCX202", rule="foreign-context", proxy=proxy, context=context)
    (sentence,) = told(readme(of), of)
    assert says in sentence
