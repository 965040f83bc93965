"""Switch points by ``sys.monitoring``: lines and returns of the user's code, and what is asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import CodeType, ModuleType
from typing import Any

import pytest
from stepping import stepped

from pytest_flaskctx.errors import IsolationError
from pytest_flaskctx.isolation.instructions import sharing
from pytest_flaskctx.isolation.monitoring import Monitoring
from pytest_flaskctx.isolation.policies import Scheduled
from pytest_flaskctx.isolation.turns import Point

pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="there is no sys.monitoring")
watching: Any = getattr(sys, "monitoring", None)

Make = Callable[..., ModuleType]
SHOP = """\
from flask import g, request

count = 0

def view():
    global count
    count += 1; count += 2
    return count

def numbers():
    yield 1

def reads():
    size = 1
    size += len(list(numbers()))
    return request, size

def plain():
    return 1
"""


@pytest.fixture
def shop(module: Make) -> ModuleType:
    """Some code to listen to."""
    return module(SHOP)


def users(*mine: ModuleType) -> Callable[[CodeType], bool]:
    """Return what says that the code of some modules is the user's."""
    return lambda code: code.co_filename in [each.__file__ for each in mine]


def nobodys(code: CodeType) -> bool:
    """Say that code is not."""
    return False


def told(points: list[Point]) -> list[tuple[int, str]]:
    """Return lines and kinds of steps."""
    return [(point.line, point.kind) for point in points]


def heard(monitoring: Monitoring, *bodies: Callable[[], Any]) -> list[tuple[int, str]]:
    """Return lines and kinds of the steps of participants."""
    with monitoring.installed():
        turns, _ = stepped(Scheduled(()), *bodies)
    return told(turns.points)


def test_lines_and_returns_of_the_users_code_are_switch_points(shop: ModuleType) -> None:
    """A generator's yields and returns are none, its lines are."""
    monitoring = Monitoring(users(shop), nobodys)
    assert heard(monitoring, shop.view) == [(7, "line"), (8, "line"), (8, "return")]
    assert heard(monitoring, shop.reads) == [
        (14, "line"),
        (15, "line"),
        (11, "line"),
        (16, "line"),
        (16, "return"),
    ]


def test_a_participant_stands_at_the_point(shop: ModuleType) -> None:
    """Its code goes on when it is its turn again."""
    monitoring = Monitoring(users(shop), nobodys)
    with monitoring.installed():
        turns, _ = stepped(Scheduled(((0, 2), (1, None))), shop.view, shop.view)  # type: ignore[arg-type]
    assert [point.who for point in turns.points] == [0, 0, 1, 1, 1, 0]
    assert shop.count == 6


def test_others_are_not_listened_to(shop: ModuleType) -> None:
    """Neither other people's code nor threads that are no participants."""
    assert heard(Monitoring(nobodys, nobodys), shop.view) == []
    with Monitoring(users(shop), nobodys).installed():
        assert shop.view() == 6


def test_uses_of_proxies_by_an_extension_are_switch_points(shop: ModuleType) -> None:
    """Those lines of it and no others; code that names none is not listened to."""
    monitoring = Monitoring(nobodys, users(shop))
    assert heard(monitoring, shop.reads, shop.plain, shop.reads) == [(16, "proxy"), (16, "proxy")]


def test_instructions_within_a_line_are_switch_points_where_that_is_asked_for(
    shop: ModuleType,
) -> None:
    """Also of code that was heard before; the first one of a line is the line."""
    monitoring = Monitoring(users(shop), nobodys)
    with monitoring.installed():
        points = []
        for fine in (False, True, True, False):
            monitoring.fine = fine
            turns, _ = stepped(Scheduled(()), shop.view)
            points.append(told(turns.points))
            assert monitoring.fine is fine
    coarse, first, second, again = points
    assert coarse == again == [(7, "line"), (8, "line"), (8, "return")]
    assert first == second
    assert [each for each in first if each[1] != "inside"] == coarse
    assert first.count((7, "inside")) == 3


def test_what_ran_before_is_heard_in_a_later_exploration(shop: ModuleType) -> None:
    """A start that was told once is not switched off for ever."""
    for _ in range(2):
        assert len(heard(Monitoring(users(shop), nobodys), shop.view)) == 3


def test_nothing_is_heard_after_the_block(shop: ModuleType) -> None:
    """Nor under its number, which is free again, after an error too."""
    monitoring = Monitoring(users(shop), nobodys)
    free = [watching.get_tool(number) for number in range(6)]
    with suppress(ValueError), monitoring.installed():
        assert [watching.get_tool(number) for number in range(6)] != free
        stepped(Scheduled(()), shop.view, shop.reads)
        raise ValueError
    assert [watching.get_tool(number) for number in range(6)] == free
    turns, _ = stepped(Scheduled(()), shop.view)
    assert turns.points == []


@pytest.fixture
def takes() -> Iterator[Callable[[int], None]]:
    """Take a number, as another tool does."""
    taken: list[int] = []

    def take(number: int) -> None:
        if watching.get_tool(number) is None:
            watching.use_tool_id(number, "another")
            taken.append(number)

    yield take
    for each in taken:
        watching.free_tool_id(each)


def test_another_number_is_used_where_one_is_taken(
    shop: ModuleType, takes: Callable[[int], None]
) -> None:
    """The numbers that are for debuggers, coverage, profilers and optimizers stay theirs."""
    takes(4)
    assert len(heard(Monitoring(users(shop), nobodys), shop.view)) == 3
    takes(3)
    with (
        pytest.raises(IsolationError, match=r"^other tools listen to sys\.monitoring under every"),
        Monitoring(users(shop), nobodys).installed(),
    ):
        pytest.fail("nobody can listen")


class Callbacks:
    """What the interpreter was told to call, to be called by hand: nobody can measure it there."""

    def __init__(self, monitoring: Monitoring) -> None:
        with monitoring.installed():
            tool, events = monitoring._tool, watching.events
            self.start, self.line, self.back, self.inside = (
                watching.register_callback(tool, event, None)
                for event in (events.PY_START, events.LINE, events.PY_RETURN, events.INSTRUCTION)
            )


def inside_of(code: CodeType) -> int:
    """Return the offset of an instruction that may touch shared state and begins no line."""
    return min(sharing(code))


def test_code_is_told_once_and_lines_until_they_are_of_no_use(shop: ModuleType) -> None:
    """What is of no use is switched off where it stands."""
    view, reads = shop.view.__code__, shop.reads.__code__
    monitoring = Monitoring(lambda code: code is view, lambda code: code is reads)
    calls = Callbacks(monitoring)
    off = watching.DISABLE

    def body() -> None:
        with monitoring.installed():
            for code in (view, view, reads, shop.plain.__code__):
                # What starts is what calls us.
                names = {**vars(shop), "start": calls.start, "code": code}
                assert eval("start(code, 0)", names) is off
            assert calls.line(reads, 14) is off
            assert calls.inside(view, 0) is off
            # What they call is a step.
            assert calls.line(view, 7) is None
            assert calls.line(reads, 16) is None
            assert calls.back(view, 0, None) is None
            assert calls.inside(view, inside_of(view)) is None

    turns, (outcome,) = stepped(Scheduled(()), body)
    assert outcome.error is None
    assert told(turns.points) == [(7, "line"), (16, "proxy"), (5, "return"), (7, "inside")]


def test_a_function_of_one_line_is_told_of_each_time(module: Make) -> None:
    """Python 3.13 would switch its line off with its start."""
    shop = module("def name(): return 1\n\nnames = lambda: name()\n")

    def body() -> None:
        for _ in range(3):
            shop.names()

    once = [(3, "line"), (1, "line"), (1, "return"), (3, "return")]
    for _ in range(2):
        assert heard(Monitoring(users(shop), nobodys), body) == once * 3
    monitoring = Monitoring(users(shop), nobodys)
    calls = Callbacks(monitoring)
    with monitoring.installed():
        assert calls.start(shop.names.__code__, 0) is None


def test_threads_that_are_no_participants_take_no_steps(shop: ModuleType) -> None:
    """They are told of all the same."""
    view = shop.view.__code__
    calls = Callbacks(Monitoring(users(shop), nobodys))
    assert calls.line(view, 7) is None
    assert calls.back(view, 0, None) is None
    assert calls.inside(view, inside_of(view)) is None
