"""FCX201, FCX202 and FCX207: what a use of a bound context means."""

from __future__ import annotations

from typing import Any

import pytest
from accesses import LENT, ORIGIN, OVER, OWN, REQUEST, access

from pytest_flaskctx.facts import ContextFact, RequestFact
from pytest_flaskctx.rules.base import Rule
from pytest_flaskctx.rules.carried import (
    BORROWED_CONTEXT,
    FOREIGN_CONTEXT,
    USE_AFTER_REQUEST,
    broken,
    level,
    message,
)

OTHER = RequestFact("POST", "/orders/<int:number>", "order")
ANOTHERS = OVER._replace(request=OTHER, same_request=False)
BARE = OVER._replace(request=None, of_request=False, same_request=False, same_app=False)
IN_THREAD = ORIGIN._replace(kind="thread")
OUTSIDE = ORIGIN._replace(request=None)


@pytest.mark.parametrize(
    ("context", "rule"),
    [
        (None, None),
        (OWN, None),
        (OWN._replace(over=True), USE_AFTER_REQUEST),
        (OVER, USE_AFTER_REQUEST),
        (OVER._replace(owner_waits=True), USE_AFTER_REQUEST),
        (LENT, BORROWED_CONTEXT),
        (LENT._replace(owner_waits=True), None),
        (ANOTHERS, FOREIGN_CONTEXT),
        (ANOTHERS._replace(over=False), FOREIGN_CONTEXT),
        (ANOTHERS._replace(over=False, owner_waits=True), FOREIGN_CONTEXT),
        (BARE, USE_AFTER_REQUEST),
        (BARE._replace(over=False), BORROWED_CONTEXT),
        (BARE._replace(over=False, owner_waits=True), None),
    ],
)
def test_a_context_is_right_if_it_is_the_threads_own_or_lent_meanwhile(
    context: ContextFact | None, rule: Rule | None
) -> None:
    """And alive; and a task of one request never reads another's."""
    assert broken(access(context=context)) is rule


@pytest.mark.parametrize("origin", [None, OUTSIDE, IN_THREAD])
def test_who_works_for_no_known_request_reads_nobody_elses(origin: Any) -> None:
    """A thread's start does not say for whom it works: that may have come by a queue."""
    assert broken(access(origin=origin, context=ANOTHERS)) is USE_AFTER_REQUEST
    alive = ANOTHERS._replace(over=False)
    assert broken(access(origin=origin, context=alive)) is BORROWED_CONTEXT


@pytest.mark.parametrize("context", [OVER, LENT, ANOTHERS])
def test_a_truth_test_reads_nothing(context: ContextFact) -> None:
    """What it leads to is judged by itself."""
    assert broken(access(context=context, operation="__bool__")) is None


@pytest.mark.parametrize(
    ("proxy", "context", "mode"),
    [
        ("request", OVER, None),
        ("g", BARE, None),
        ("current_app", None, None),
        ("current_app", OVER, None),
        ("current_app", OVER._replace(beneath=True), "strict"),
        ("g", OVER._replace(beneath=True), None),
        ("current_app", BARE, "strict"),
        ("current_app", ANOTHERS, "strict"),
        ("current_app", ANOTHERS._replace(same_app=False), None),
    ],
)
def test_the_application_alone_is_no_users_data(
    proxy: str, context: ContextFact | None, mode: str | None
) -> None:
    """Where it was pushed outside any request, or is that of the task's own request."""
    assert level(access(proxy=proxy, context=context)) == mode


@pytest.mark.parametrize(
    ("rule", "changes", "context", "text"),
    [
        (USE_AFTER_REQUEST, {}, OVER, "`request` used after its request was over"),
        (
            USE_AFTER_REQUEST,
            {"proxy": "g"},
            BARE,
            "`g` used after the context it belongs to was over",
        ),
        (
            USE_AFTER_REQUEST,
            {"proxy": "copy_current_request_context", "operation": "call"},
            OVER,
            "`copy_current_request_context()` called after its request was over",
        ),
        (
            USE_AFTER_REQUEST,
            {"operation": "body"},
            OVER,
            "the request's body is first read when the request is over",
        ),
        (
            USE_AFTER_REQUEST,
            {"operation": "file"},
            OVER,
            "an uploaded file is read after it was closed with its request",
        ),
        (
            BORROWED_CONTEXT,
            {},
            LENT,
            "`request` used in a thread that borrows the context of another thread",
        ),
        (
            FOREIGN_CONTEXT,
            {},
            ANOTHERS,
            "`request` in a task of GET / reads the context of POST /orders/<int:number>",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence(
    rule: Rule, changes: dict[str, Any], context: ContextFact, text: str
) -> None:
    """Each case has its own words."""
    assert message(rule, access(context=context, **changes), context) == text


def test_a_foreign_context_of_which_nothing_is_known_is_still_told() -> None:
    """Where the words of a request were never read, it is said without them."""
    nobody = ANOTHERS._replace(request=None)
    text = message(FOREIGN_CONTEXT, access(context=nobody), nobody)
    assert REQUEST.rule in text
    assert "another request" in text
