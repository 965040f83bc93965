"""What is told of visits that never end, to the letter."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

import pytest
from stepping import ran, visitor

from pytest_flaskctx.isolation.locks import Lock, cooperative
from pytest_flaskctx.isolation.policies import Scheduled
from pytest_flaskctx.isolation.runs import Run
from pytest_flaskctx.isolation.schedules import schedule
from pytest_flaskctx.isolation.troubles import lock_name, place, spinning, told
from pytest_flaskctx.isolation.turns import Point, Trouble, Turns, Wait

Make = Callable[..., ModuleType]
FLASK = ("/venv/site-packages/flask/app.py", 900, "Flask.dispatch_request")


@pytest.fixture
def shop(module: Make) -> ModuleType:
    """Two views that could wait for each other."""
    return module("def order():\n    pass\n\ndef cancel():\n    pass\n", "locking_shop")


def visit(client: Any, token: str) -> None: ...


def given_up(trouble: Trouble, *, count: int = 2, by: Callable[..., Any] = visit) -> Run:
    """Return a run of some visits that was given up."""
    turns = Turns(Scheduled(()), count, 10)
    run = ran(*(visitor("t", visit=by) for _ in range(count)))
    return run._replace(trouble=trouble, turns=turns, schedule=schedule((0, 3), (1, None)))


def test_a_deadlock_names_both_locks_and_lines(shop: ModuleType, tmp_path: Path) -> None:
    """Who waits for what, who holds it since where, and where everybody stands."""
    order, cancel = shop.order.__code__, shop.cancel.__code__
    file = str(shop.__file__)
    stacks = (
        (FLASK, (file, 2, "order"), FLASK),
        ((file, 5, "cancel"),),
    )
    stock, made = cooperative(threading.Lock()), cooperative(threading.Lock())
    stock.name, made.made = "shop.stock", (order, 1)
    waits = (
        Wait(0, Point(0, order, 2), stock, 1, Point(1, cancel, 4)),
        Wait(1, Point(1, cancel, 5), made, 0, Point(0, order, 1)),
    )
    run = given_up(Trouble("deadlock", (0, 1), stacks, waits))
    assert told(run, lambda name: name == file, tmp_path) == dedent(
        """\
        visitors A and B wait for each other for ever
          A at locking_shop.py:2 in order waits for shop.stock, held by B since locking_shop.py:4 in cancel
          B at locking_shop.py:5 in cancel waits for the lock made at locking_shop.py:1, held by A since locking_shop.py:1 in order

          visitor A stands at:
            locking_shop.py:2 in order

          visitor B stands at:
            locking_shop.py:5 in cancel

          schedule: A:3 B:*"""
    )


def test_who_waits_to_be_woken_holds_nothing(shop: ModuleType, tmp_path: Path) -> None:
    """At a condition, an event or a queue; the lock by which that is done is nobody's affair."""
    order = shop.order.__code__
    space: dict[str, Any] = {"allocate": Lock}
    exec(
        compile("class Condition:\n def wait(): return allocate()", threading.__file__, "exec"),
        space,
    )
    waits = [
        Wait(who, Point(who, order, 2), space["Condition"].wait(), who, Point(who, order, 2))
        for who in range(2)
    ]
    lines = told(
        given_up(Trouble("deadlock", (0, 1), ((), ()), tuple(waits))), str.isalpha, tmp_path
    )
    assert lines.splitlines()[:3] == [
        "visitors A and B wait to be woken, and nobody is left to do it",
        "  A at locking_shop.py:2 in order waits to be woken",
        "  B at locking_shop.py:2 in order waits to be woken",
    ]
    run = given_up(Trouble("deadlock", (0,), ((),), tuple(waits[:1])), count=1)
    assert told(run, str.isalpha, tmp_path).splitlines()[:2] == [
        "the visit visit never ends alone",
        "  A at locking_shop.py:2 in order waits to be woken",
    ]


def test_a_visit_that_never_ends_alone_is_named(shop: ModuleType, tmp_path: Path) -> None:
    """Where none of its frames is the user's, the innermost twelve are shown."""
    stack = tuple((FLASK[0], line, "wait") for line in range(20))
    run = given_up(Trouble("stuck", (0,), (stack,)), count=1)
    lines = told(run, lambda name: False, tmp_path).splitlines()
    assert lines[:4] == [
        "the visit visit never ends alone",
        "",
        "  visitor A stands at:",
        f"    {FLASK[0]}:0 in wait",
    ]
    assert len(lines) == 3 + 12


def test_a_visit_without_a_name_is_named_by_its_repr(tmp_path: Path) -> None:
    """Such as an object that can be called."""

    class Pays:
        def __repr__(self) -> str:
            return "<pays>"

        def __call__(self, client: Any, token: str) -> None: ...

    run = given_up(Trouble("deadlock", (0,), ((),)), count=1, by=Pays())
    assert told(run, bool, tmp_path) == (
        "the visit <pays> never ends alone\n\n  visitor A stands at:"
    )


@pytest.mark.parametrize(
    ("trouble", "headline"),
    [
        (Trouble("stuck", (0, 1), ((), ())), "visitors A and B never come to an end"),
        (Trouble("deadlock", (1,), ((),)), "visitors B never come to an end"),
    ],
)
def test_who_never_comes_to_an_end_is_named(
    trouble: Trouble, headline: str, tmp_path: Path
) -> None:
    """Who waits alone among several does not wait for each other."""
    assert told(given_up(trouble), bool, tmp_path).splitlines()[0] == headline


def test_a_lock_that_nobody_holds_is_told_without_a_holder(
    shop: ModuleType, tmp_path: Path
) -> None:
    """One that was there before, and whose name is not known, is a lock."""
    at, lock = Point(0, shop.order.__code__, 2), cooperative(threading.Lock())
    wanted = "  A at locking_shop.py:2 in order waits for a lock"
    for owner in (None, 1):
        trouble = Trouble("deadlock", (0, 1), ((), ()), (Wait(0, at, lock, owner, None),))
        assert told(given_up(trouble), bool, tmp_path).splitlines()[1:3] == [wanted, ""]


def test_a_line_that_runs_without_end_is_named(shop: ModuleType, tmp_path: Path) -> None:
    """If the participant ever came to one."""
    run = given_up(Trouble("spins", (1,)))
    assert spinning(run, tmp_path) == "visitor B runs on without end, at an unknown line"
    run.turns.participants[1].at = Point(1, shop.cancel.__code__, 5)
    assert spinning(run, tmp_path) == (
        "visitor B runs on without end, at locking_shop.py:5 in cancel"
    )


def test_a_place_is_a_file_under_the_root(shop: ModuleType, tmp_path: Path) -> None:
    """Elsewhere it is the whole path."""
    point = Point(0, shop.order.__code__, 2)
    assert place(point, tmp_path) == "locking_shop.py:2 in order"
    assert place(point, tmp_path / "tests") == f"{shop.__file__}:2 in order"


def test_a_lock_without_a_name_goes_by_where_it_was_made(shop: ModuleType, tmp_path: Path) -> None:
    """One that was there before has no such place."""
    lock = cooperative(threading.Lock())
    assert lock_name(lock, tmp_path) == "a lock"
    lock.made = shop.order.__code__, 2
    assert lock_name(lock, tmp_path) == "the lock made at locking_shop.py:2"
    lock.name = "shop.stock"
    assert lock_name(lock, tmp_path) == "shop.stock"
