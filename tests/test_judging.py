"""Judging: which rule an access breaks, and whose it is, bound or not."""

from __future__ import annotations

import pytest
from accesses import INLINE, LENT, LIBRARY, OVER, OWN, USER, access, verdict

from pytest_flaskctx.facts import Frame
from pytest_flaskctx.rules.carried import BORROWED_CONTEXT, USE_AFTER_REQUEST
from pytest_flaskctx.rules.judging import Judgement, message
from pytest_flaskctx.rules.unbound import UNBOUND_ACCESS


@pytest.mark.parametrize(
    ("between", "library"),
    [
        ((), False),
        ((Frame("/lib/logging/__init__.py", 1, "error", kind="stdlib"),), True),
    ],
)
def test_a_library_in_a_lucky_callback(between: tuple[Frame, ...], library: bool) -> None:
    """What the user's line calls is the user's, what hangs on their log is the library's own."""
    found = access(context=OWN, origin=INLINE, stack=(LIBRARY, *between, USER))
    assert verdict(found) == Judgement(UNBOUND_ACCESS, library=library)


def test_a_lucky_callback_of_a_library_alone_is_a_librarys() -> None:
    """Where no line of the user's stands on the stack, it is not theirs."""
    found = access(context=OWN, origin=INLINE, stack=(LIBRARY,))
    assert verdict(found) == Judgement(UNBOUND_ACCESS, library=True)


def test_what_is_bound_is_judged_by_its_context() -> None:
    """A context that is over, or lent, and one that is right."""
    assert verdict(access(context=OVER)) == Judgement(USE_AFTER_REQUEST)
    assert verdict(access(context=LENT)) == Judgement(BORROWED_CONTEXT)
    assert verdict(access(context=OWN)) is None


def test_luck_comes_before_the_context() -> None:
    """A callback that ran at once found its view's context, whatever that is by now."""
    found = access(context=OWN._replace(over=True), origin=INLINE)
    assert verdict(found) == Judgement(UNBOUND_ACCESS)
    assert message(UNBOUND_ACCESS, found).startswith("`request` used in a done-callback")


@pytest.mark.parametrize("context", [OVER, LENT])
def test_what_never_counts_counts_under_no_context(context: object) -> None:
    """``repr`` of a proxy is looked at, and no more."""
    assert verdict(access(context=context, operation="__repr__")) is None


@pytest.mark.parametrize(
    ("stack", "library"),
    [
        ((LIBRARY, USER), False),
        ((LIBRARY, Frame("/lib/logging/__init__.py", 1, "error", kind="stdlib"), USER), True),
        ((LIBRARY,), True),
    ],
)
def test_a_library_under_a_dead_context(stack: tuple[Frame, ...], library: bool) -> None:
    """``db.session`` in a context that is over is the user's use, a handler's is the library's."""
    assert verdict(access(context=OVER, stack=stack)) == Judgement(USE_AFTER_REQUEST, library)


def test_the_application_alone_may_be_milder() -> None:
    """A bare application context is no user's data."""
    found = access(proxy="current_app", context=OVER._replace(request=None, of_request=False))
    assert verdict(found) == Judgement(USE_AFTER_REQUEST, level="strict")


def test_an_access_of_a_bound_context_is_told_by_it() -> None:
    """The words are those of the rule that judges."""
    assert message(USE_AFTER_REQUEST, access(context=OVER)) == (
        "`request` used after its request was over"
    )
