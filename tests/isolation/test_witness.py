"""The witness: which place was written when and by whom, and whose tokens were in it."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType, ModuleType
from typing import Any

import pytest
from flask import Flask

from pytest_flaskctx.isolation.state import State
from pytest_flaskctx.isolation.turns import Kind, Participant, Point
from pytest_flaskctx.isolation.witness import Witness, Written

Make = Callable[..., ModuleType]
TOKENS = ("taaaaaaaaaaaaaaa", "tbbbbbbbbbbbbbbb")
A, B = TOKENS


class Watch:
    """A witness of what participants do to a module, step by step."""

    def __init__(self, made: ModuleType, **roots: Any) -> None:
        self.state = State({made.__name__: made}, roots, lambda name: name == made.__name__)
        self.state.look()
        self.witness = Witness({id(visit.__code__)})
        self.participants = [Participant(0), Participant(1)]
        self._name = f"{made.__name__}."

    def step(
        self, number: int, line: int, kind: Kind = "line", code: CodeType | None = None
    ) -> None:
        """Let a participant come to a line."""
        who = self.participants[number]
        who.at = Point(number, code or CODE, line, kind)
        self.witness(self.state, who, TOKENS)

    def told(self) -> list[tuple[str, int, int | None, set[int]]]:
        """Return path, moment, line and tokens of each write."""
        return [
            (
                each.path.replace(self._name, ""),
                each.moment,
                each.by.line if each.by else None,
                set(each.tokens),
            )
            for each in self.witness.written
        ]


def view() -> None: ...


def helper() -> None: ...


def visit() -> None: ...


CODE: CodeType = view.__code__


def test_a_write_is_seen_at_the_next_step_and_put_down_to_the_one_before(module: Make) -> None:
    """The point comes before its line: what the line did shows at the next one."""
    made = module("user = None")
    watch = Watch(made)
    watch.step(0, 1)
    made.user = A  # type: ignore[attr-defined]
    watch.step(0, 2)
    watch.step(0, 3)
    (written,) = watch.witness.written
    assert written == Written(
        "module global", f"{made.__name__}.user", "user", 2, Point(0, CODE, 1), frozenset({0})
    )


def test_a_write_after_a_call_is_the_callers(module: Make) -> None:
    """``user = helper()``: the line goes on where the function returns, or an extension's ends."""
    made = module("user = None")
    watch = Watch(made)
    watch.step(0, 9, code=visit.__code__)
    watch.step(0, 1)
    watch.step(0, 5, code=helper.__code__)
    watch.step(0, 6, "return", code=helper.__code__)
    watch.step(0, 40, "proxy", code=CodeType.replace(CODE, co_name="extension"))
    made.user = A  # type: ignore[attr-defined]
    watch.step(0, 2)
    assert watch.told() == [("user", 6, 1, {0})]


def test_a_function_that_ended_with_an_error_does_nothing_more(module: Make) -> None:
    """It has no step where it returns; its caller's next step tells."""
    made = module("user = None")
    watch = Watch(made)
    watch.step(0, 1)
    watch.step(0, 5, code=helper.__code__)
    watch.step(0, 3)
    watch.step(0, 3, "return")
    made.user = A  # type: ignore[attr-defined]
    watch.step(0, 9, code=visit.__code__)
    assert watch.told() == [("user", 5, 3, {0})]


def test_what_comes_after_a_view_is_the_views(module: Make) -> None:
    """Not the visit's, which called for it."""
    made = module("user = None")
    watch = Watch(made)
    watch.step(0, 9, code=visit.__code__)
    watch.step(0, 1)
    watch.step(0, 2, "return")
    made.user = A  # type: ignore[attr-defined]
    watch.step(0, 9, "return", code=visit.__code__)
    made.user = B  # type: ignore[attr-defined]
    watch.step(1, 1)
    watch.step(0, 1)
    assert watch.told() == [("user", 4, 2, {0}), ("user", 5, None, {1})]


def test_each_write_is_its_participants(module: Make) -> None:
    """Also where another one went on between."""
    made = module("user = None")
    watch = Watch(made)
    watch.step(0, 1)
    watch.step(1, 1)
    made.user = B  # type: ignore[attr-defined]
    watch.step(1, 2)
    made.user = A  # type: ignore[attr-defined]
    watch.step(0, 2)
    assert watch.told() == [("user", 3, 1, {1}), ("user", 4, 1, {0})]


def test_a_write_before_the_first_step_of_a_participant_is_nobodys_line(module: Make) -> None:
    """A proxy or a library may do it."""
    made = module("user = None")
    watch = Watch(made)
    watch.step(0, 1)
    made.user = B  # type: ignore[attr-defined]
    watch.step(1, 1)
    assert watch.told() == [("user", 2, None, {1})]


def test_a_participant_that_is_nowhere_has_no_line(module: Make) -> None:
    """What it writes is put down to no step."""
    made = module("user = None")
    watch = Watch(made)
    for value in (None, A):
        made.user = value  # type: ignore[attr-defined]
        watch.witness(watch.state, watch.participants[0], TOKENS)
    assert watch.told() == [("user", 2, None, {0})]


def test_a_write_without_a_token_is_seen_too(module: Make) -> None:
    """A lost update bleeds without one."""
    made = module("sold = 0")
    watch = Watch(made)
    watch.step(0, 1)
    made.sold = 1  # type: ignore[attr-defined]
    watch.step(0, 2)
    assert watch.told() == [("sold", 2, 1, set())]


def test_what_is_put_into_a_new_container_is_seen(module: Make) -> None:
    """Nobody tells of it: the container is no place that was there at first."""
    made = module("cart = None")
    watch = Watch(made)
    watch.step(0, 1)
    made.cart = []  # type: ignore[attr-defined]
    watch.step(0, 2)
    made.cart.append(A)
    watch.step(0, 3)
    watch.step(0, 4)
    made.cart[:] = [B]
    watch.step(1, 1)
    assert watch.told() == [("cart", 2, 1, set()), ("cart", 3, 2, {0}), ("cart", 5, None, {1})]


def test_only_the_part_that_changed_is_a_write(module: Make) -> None:
    """Its neighbours in one place are as they were; what is gone was written as well."""
    made = module("users = {'x': 1, 'y': 2}")
    watch = Watch(made)
    watch.step(0, 1)
    made.users["x"] = A
    del made.users["y"]
    watch.step(0, 2)
    assert watch.told() == [("users['x']", 2, 1, {0}), ("users['y']", 2, 1, set())]


def test_each_write_of_an_object_is_one(module: Make) -> None:
    """Whether or not there is a token in it: without one, it matters that both have written it."""
    made = module("last = None\nclass Basket:\n    pass\n")
    watch = Watch(made)
    watch.step(0, 1)
    made.last = made.Basket()  # type: ignore[attr-defined]
    watch.step(0, 2)
    watch.step(1, 1)
    made.last = made.Basket()  # type: ignore[attr-defined]
    watch.step(1, 2)
    watch.step(1, 3)
    assert watch.told() == [("last", 2, 1, set()), ("last", 4, 1, set())]


def test_what_is_taken_out_holds_nothing_more(module: Make) -> None:
    """A container that was put in and is gone is no longer looked into."""
    made = module("carts = {}")
    watch = Watch(made)
    watch.step(0, 1)
    made.carts["x"] = cart = []
    watch.step(0, 2)
    made.carts.clear()
    watch.step(0, 3)
    cart.append(A)
    watch.step(0, 4)
    assert watch.told() == [("carts['x']", 2, 1, set()), ("carts['x']", 3, 2, set())]


def test_parts_that_are_told_alike_are_one(module: Make) -> None:
    """As are the members of a set."""
    made = module("users = set()")
    watch = Watch(made)
    watch.step(0, 1)
    made.users |= {A, B}
    watch.step(0, 2)
    assert watch.told() == [("users", 2, 1, {0, 1})]


@pytest.mark.parametrize(("value", "seen"), [(1, []), (A, [("app._users", 2, 1, {0})])])
def test_what_libraries_write_counts_with_a_token_only(
    module: Make, value: object, seen: list[Any]
) -> None:
    """An application keeps much of its own."""
    app = Flask("shop")
    app._users = None  # type: ignore[attr-defined]
    watch = Watch(module(""), app=app)
    watch.step(0, 1)
    app._users = value  # type: ignore[attr-defined]
    watch.step(0, 2)
    assert watch.told() == seen
