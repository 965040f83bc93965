"""Whether a run is like some serial order."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from stepping import answer, ran, visitor

from pytest_flaskctx.isolation import comparing
from pytest_flaskctx.isolation.comparing import Comparison
from pytest_flaskctx.isolation.policies import Policy, Scheduled
from pytest_flaskctx.isolation.runs import Run
from pytest_flaskctx.isolation.schedules import schedule
from pytest_flaskctx.isolation.serial import InOrder

A, B = "taaaaaaaaaaaaaaa", "tbbbbbbbbbbbbbbb"
Value = Callable[[Sequence[int], int], Any]


def told(order: Sequence[int], value: Any, spans: Any = None) -> Run:
    """Return a run of an order, in which each request is answered by its number."""
    everybody = [visitor(A), visitor(B)]
    for number, who in enumerate(order):
        text = json.dumps({"number": number, "said": value}).encode()
        everybody[who].answers.append(answer(text))
        everybody[who].spans.append((2 * number, 2 * number + 1))
    for each, known in zip(everybody, spans or (), strict=False):
        each.spans[:] = known
    return ran(*everybody, schedule=schedule((0, 3), (1, None)), fine=False)


class Program:
    """Runs what is asked for, and remembers it."""

    def __init__(self, value: Value = lambda order, times: 0, again: Any = None) -> None:
        self.orders: list[tuple[int, ...]] = []
        self.again = again
        self._value = value

    def __call__(self, policy: Policy, *, fine: bool = False, by_request: bool = False) -> Run:
        if isinstance(policy, Scheduled):
            run: Run = self.again
            return run
        assert isinstance(policy, InOrder)
        assert by_request
        order = tuple(policy._order)
        self.orders.append(order)
        return told(order, self._value(order, self.orders.count(order)))


@pytest.fixture(autouse=True)
def no_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next second is there at once."""
    monkeypatch.setattr(comparing, "to_next_second", lambda: None)


def accused(
    program: Program, run: Run, requests: Sequence[int] = (2, 2), late: bool = False
) -> bool:
    """Whether a run is told to be like no order."""
    program.again = program.again or run
    return bool(list(Comparison(program, requests, lambda: late).evidence(run)))


def test_at_first_only_whole_visits_are_paid_in_order() -> None:
    """A run that is like one of them needs no more."""
    program = Program()
    assert not accused(program, told((1, 1, 0, 0), 0))
    assert program.orders == [(0, 0, 1, 1), (1, 1, 0, 0), (0, 0, 1, 1)]


def test_a_run_is_like_an_order_that_may_be_what_happened() -> None:
    """That is tried first, and again only where it is another one; then all the others are."""
    program = Program()
    assert not accused(program, told((0, 1, 1, 0), 0, [[(0, 9), (10, 11)], [(1, 2), (3, 4)]]))
    assert program.orders[5:] == [(1, 0, 1, 0), (1, 0, 1, 0), (0, 1, 1, 0)]
    program = Program()
    assert not accused(program, told((0, 1, 0, 1), 0, [[(0, 1), (2, 3)], [(4, 5), (6, 7)]]))
    assert program.orders[-1] == (0, 1, 0, 1)


def test_a_run_that_is_like_none_is_accused() -> None:
    """Of two requests each there are six orders, of which each is run twice then."""
    program = Program()
    assert accused(program, told((0, 0, 1, 1), 7))
    assert len(set(program.orders)) == 6
    assert all(program.orders.count(each) == 2 for each in set(program.orders[5:]))


def test_what_chance_said_in_an_order_is_known_to_vary_when_it_is_run_again() -> None:
    """Nobody is accused of what one order said once."""
    program = Program(lambda order, times: "luck" if order == (0, 1, 1, 0) and times == 1 else 0)
    assert not accused(program, told((0, 1, 1, 0), 0))
    assert program.orders.count((0, 1, 1, 0)) == 2


def test_what_does_not_come_again_with_its_schedule_accuses_nobody() -> None:
    """Not even if something else is unlike then."""
    program = Program(again=told((0, 0, 1, 1), 0))
    assert not accused(program, told((0, 0, 1, 1), 7))
    other = told((0, 0, 1, 1), 0)
    other.visitors[0].answers[0] = answer(b'{"number": 9, "said": 7}')
    run = told((0, 0, 1, 1), 7)
    run.visitors[0].answers[0] = answer(b'{"number": 9, "said": 7}')
    assert accused(Program(again=other), run)


def test_a_run_of_too_many_overlaps_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be like an order that nobody has tried."""
    monkeypatch.setattr(comparing, "MOST_FITTING", 5)
    at_once = [(0, 99)] * 2
    assert not accused(Program(), told((0, 0, 1, 1), 7, [at_once, at_once]))
    monkeypatch.setattr(comparing, "MOST_FITTING", 6)
    assert accused(Program(), told((0, 0, 1, 1), 7, [at_once, at_once]))


def test_nobody_is_accused_when_the_time_has_ended() -> None:
    """An order that was not run may be the one."""
    program = Program()
    assert not accused(program, told((0, 0, 1, 1), 7), late=True)
    assert len(set(program.orders)) == 2
