"""FCX101 and FCX102: what a use without a context means."""

from __future__ import annotations

import linecache
from typing import Any

import pytest
from accesses import INLINE, ORIGIN, OWN, access, verdict

from pytest_flaskctx.facts import Frame
from pytest_flaskctx.rules.judging import Aftermath, Judgement, message
from pytest_flaskctx.rules.unbound import UNBOUND_ACCESS, UNBOUND_GUARD


def test_a_plain_use_is_an_access() -> None:
    """A proxy used in a thread without a context, swallowed or not."""
    assert verdict(access()) == Judgement(UNBOUND_ACCESS)
    assert verdict(access(origin=None)) == Judgement(UNBOUND_ACCESS)


def test_a_bound_context_is_not_for_this_rule() -> None:
    """What is bound is judged elsewhere; a callback that found it by luck is judged here."""
    assert verdict(access(context=OWN)) is None
    assert verdict(access(context=OWN, origin=INLINE)) == Judgement(UNBOUND_ACCESS)
    for change in (
        {"origin": INLINE._replace(inline=False)},
        {"origin": INLINE._replace(kind="submit")},
        {"origin": None},
        {"operation": "__repr__"},
    ):
        assert verdict(access(**({"context": OWN, "origin": INLINE} | change))) is None


def test_the_thread_of_the_tests_is_at_its_own_risk() -> None:
    """A use in the test function itself is no leak."""
    assert verdict(access(test_thread=True)) is None


@pytest.mark.parametrize("luck", [False, True])
def test_a_truth_test_is_a_guard(luck: bool) -> None:
    """``if request:`` decides a branch, also where it found a request by luck."""
    found = {"context": OWN, "origin": INLINE} if luck else {}
    assert verdict(access(operation="__bool__", **found)) == Judgement(UNBOUND_GUARD)


@pytest.fixture
def guarded() -> Frame:
    """A frame inside a ``try`` whose handler names RuntimeError."""
    lines = ["try:\n", "    request.path\n", "except RuntimeError:\n", "    pass\n"]
    linecache.cache["<guarded>"] = (1, None, lines, "<guarded>")
    return Frame("<guarded>", 2, "<module>", end_line=2, column=4, end_column=16)


def test_an_expected_error_is_a_guard(guarded: Frame) -> None:
    """Whoever names RuntimeError just there expects it."""
    assert verdict(access(stack=(guarded,))) == Judgement(UNBOUND_GUARD)


def test_a_use_of_an_extension_is_an_access_where_a_request_asks() -> None:
    """``current_user`` is silently None in a request's worker; its guards are guards."""
    assert verdict(access(extension=True)) == Judgement(UNBOUND_ACCESS)
    assert verdict(access(extension=True, operation="__eq__")) == Judgement(UNBOUND_ACCESS)
    assert verdict(access(extension=True, operation="__bool__")) == Judgement(UNBOUND_GUARD)


def test_without_a_request_an_extensions_use_may_be_right() -> None:
    """A scheduler's job may ask and go on; comparing or asking with a default is a guard."""
    for origin in (None, ORIGIN._replace(request=None)):
        assert verdict(access(extension=True, origin=origin)) is None
        compared = access(extension=True, origin=origin, operation="__ne__")
        assert verdict(compared) == Judgement(UNBOUND_GUARD)


def test_asking_an_extension_with_a_default_is_a_guard() -> None:
    """``getattr(current_user, "id", None)`` has an answer for when there is none."""
    line = "getattr(current_user, 'id', None)\n"
    linecache.cache["<asking>"] = (1, None, [line], "<asking>")
    frame = Frame("<asking>", 1, "f", end_line=1, column=0, end_column=len(line) - 1)
    found = access(extension=True, origin=None, stack=(frame,))
    assert verdict(found) == Judgement(UNBOUND_GUARD)


def test_a_guard_without_any_frame_is_none() -> None:
    """Where no frame is known, nobody can be said to expect the error."""
    assert verdict(access(stack=())) == Judgement(UNBOUND_ACCESS)


RAISED = Aftermath(frozenset({("/app/shop.py",)}))


@pytest.mark.parametrize(
    ("changes", "rule", "aftermath", "text"),
    [
        ({}, UNBOUND_ACCESS, RAISED, "`request` used in a thread that has no request context"),
        (
            {"proxy": "g"},
            UNBOUND_ACCESS,
            RAISED,
            "`g` used in a thread that has no application context",
        ),
        (
            {"proxy": "current_user", "extension": True},
            UNBOUND_ACCESS,
            Aftermath(),
            (
                "`current_user` used in a thread that has no request context, and answers nothing "
                "instead of failing"
            ),
        ),
        (
            {},
            UNBOUND_GUARD,
            Aftermath(),
            "`request` decides a branch in a thread that has no request context",
        ),
        (
            {"proxy": "url_for"},
            UNBOUND_ACCESS,
            RAISED,
            (
                "`url_for()` called in a thread without a context; it needs a request or a "
                "`SERVER_NAME`"
            ),
        ),
        (
            {"proxy": "after_this_request"},
            UNBOUND_ACCESS,
            RAISED,
            (
                "`after_this_request()` called in a thread without a context; it needs a request "
                "context"
            ),
        ),
        (
            {"context": OWN, "origin": INLINE},
            UNBOUND_ACCESS,
            Aftermath(),
            (
                "`request` used in a done-callback, which ran in the request's own thread only "
                "because the future was done already"
            ),
        ),
    ],
)
def test_what_is_wrong_is_one_sentence(
    changes: dict[str, Any], rule: Any, aftermath: Aftermath, text: str
) -> None:
    """Each case has its own words."""
    assert message(rule, access(**changes), aftermath) == text
