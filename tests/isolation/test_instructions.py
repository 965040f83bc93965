"""What stands in a line."""

from __future__ import annotations

import dis
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import flask
import pytest
from flask import g, request
from flask import request as asked_for

from pytest_flaskctx.isolation.instructions import adjoin, line_of, proxy_lines, sharing

count = 0


def code_of(function: Callable[..., Any]) -> Any:
    """Return the code of a function."""
    return function.__code__


def names(function: Callable[..., Any]) -> list[tuple[int, str]]:
    """Return line, counted from the function's, and name of what may touch shared state."""
    code = code_of(function)
    found = {each.offset: each.opname for each in dis.get_instructions(code)}
    return [
        (line_of(code, offset) - code.co_firstlineno, found[offset].partition("_")[0])
        for offset in sorted(sharing(code))
    ]


def raised(thing: Any) -> None:
    """Write what was read before, in one line."""
    global count
    count = count + thing.step()


def test_an_instruction_that_shares_is_a_point() -> None:
    """All of a line's but the first one: the line itself is a point before that."""
    assert [name for line, name in names(raised) if line == 3] == ["LOAD", "CALL", "STORE"]


def local(a: int, b: int) -> int:
    """Touch nothing that others have."""
    c = a + b
    return c * c


def test_what_is_the_threads_own_is_no_point() -> None:
    """Local variables, constants and arithmetic."""
    assert names(local) == []


def items(a: Any, b: Any, k: Any) -> None:
    """Touch items, attributes and slices, each line more than once."""
    a.x = a.y
    a[k] = b.y
    del a.x, a.y
    a[1:2] = b[2:k]
    k = k in a, k in b


def test_what_stands_in_an_object_is_a_point() -> None:
    """Attributes, items and slices are read, written and deleted; containers are searched."""
    found = names(items)
    told = {line: [name for at, name in found if at == line] for line in range(2, 7)}
    assert told[2] == ["STORE"]
    assert told[3] == ["STORE"]
    assert told[4] == ["DELETE"]
    assert told[5][-1:] == ["STORE"]
    assert told[6] == ["CONTAINS"]


def read_items(a: Any, k: Any) -> Any:
    """Read items, two in a line."""
    return a[k], a[0]


def test_an_item_that_is_read_is_a_point() -> None:
    """The second one of a line."""
    assert len(names(read_items)) == 1


def test_a_subscript_may_be_an_operation_among_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is, from Python 3.14 on; sums and the like are no points."""
    texts = ["+", "[]", "[]", "+=", "[]"]
    made = [
        SimpleNamespace(
            opname="BINARY_OP", argrepr=text, offset=at, starts_line=at == 0, line_number=1
        )
        for at, text in enumerate(texts)
    ]
    monkeypatch.setattr(dis, "get_instructions", lambda code: made)
    assert sharing(compile("a[b]", "subscripts.py", "eval")) == {2, 4}


class Base:
    """Something with an attribute."""

    x: Any = 1


class Derived(Base):
    """What inherits it."""

    def get(self, thing: Any) -> Any:
        """Read it, after another one."""
        return thing.x, super().x


def test_an_attribute_of_a_base_class_is_a_point() -> None:
    """It may be another thread's, as any attribute may."""
    code = code_of(Derived.get)
    offsets = sharing(code)
    found = [each for each in dis.get_instructions(code) if each.offset in offsets]
    assert [each.argval for each in found if "ATTR" in each.opname] == ["x"]


def looped(things: Any) -> list[Any]:
    """Touch closures and iterators."""
    kept: list[Any] = []

    def keep() -> None:
        for each in things: kept.append(each); kept.append(things)  # fmt: skip # noqa: E701, E702

    keep()
    return kept


def test_iterators_and_closures_are_shared() -> None:
    """Another thread may have them, too."""
    (code,) = (each for each in code_of(looped).co_consts if getattr(each, "co_name", "") == "keep")
    offsets = sharing(code)
    found = [each.opname for each in dis.get_instructions(code) if each.offset in offsets]
    assert found[:1] == ["FOR_ITER"]
    assert found.count("LOAD_DEREF") == 3


def two(thing: Any) -> Any:
    """Come back to a line in the middle of which another one was."""
    return thing.a(
        thing.b,
        thing.c,
    )


def test_a_line_that_is_come_to_again_begins_again() -> None:
    """Its first instruction is left out that time, too: it is a point by itself."""
    assert names(two) == []


def test_calls_of_the_interpreters_own_are_no_points() -> None:
    """They call nothing of the program's."""
    code = compile("import a; from b import *; x = (c(), *d)", "app.py", "exec")
    offsets = sharing(code)
    found = {each.opname for each in dis.get_instructions(code) if each.offset in offsets}
    assert not any(name.startswith("CALL_INTRINSIC") for name in found)
    assert any(name.startswith("CALL") for name in found)


@pytest.mark.parametrize("function", [raised, local, items, looped, two])
def test_each_instruction_stands_in_its_line(function: Callable[..., Any]) -> None:
    """As the interpreter has it; what stands in none is in the function's first."""
    code = code_of(function)
    for start, _, line in code.co_lines():
        assert line_of(code, start) == (code.co_firstlineno if line is None else line)
    assert line_of(code, 10**6) == code.co_firstlineno


def uses_proxies(thing: Any) -> Any:
    """Use proxies as an extension does."""
    if thing:
        return g.user
    session = thing
    return (
        session,
        request.path,
        asked_for.method,
        flask.session,
    )


def test_lines_that_use_a_proxy_are_known() -> None:
    """Whatever the module calls it; a local variable of that name is none."""
    first = code_of(uses_proxies).co_firstlineno
    lines = {first + 3, first + 7, first + 8, first + 9}
    assert proxy_lines(code_of(uses_proxies), globals()) == lines
    assert proxy_lines(code_of(raised), globals()) == frozenset()


@pytest.mark.parametrize("body", ["app.g = app.request", "request = g", "flask.g = flask.abort"])
def test_a_name_like_that_of_a_proxy_is_none(body: str) -> None:
    """Only what the module itself knows by that name is, or what Flask does."""
    code = compile(f"def f(app):\n    global request\n    {body}\n", "app.py", "exec").co_consts[0]
    assert not {"request", "g"}.isdisjoint(code.co_names)
    assert proxy_lines(code, {"g": object(), "flask": SimpleNamespace()}) == frozenset()


@pytest.mark.parametrize(
    ("between", "close"),
    [
        ("pass", True),
        ("b = a", True),
        ("other = b = 7", True),
        ("b = c = a; other = b", True),
        ("b = len", True),
        ("len(a)", False),
        ("b = a + 1", False),
        ("b = a.x", False),
        ("b = a[0]", False),
        ("while a: pass", False),
        ("if a: return a", False),
        ("global user; user = a.x", False),
    ],
)
def test_lines_adjoin_where_nothing_is_called_between_them(between: str, close: bool) -> None:
    """Nobody interrupts a thread there while there is a GIL."""
    space: dict[str, Any] = {}
    text = f"""
def view(a):
    global user, other
    user = a
    {between.replace("global user; user", "user")}
    return user
"""
    exec(text, space)
    assert adjoin(code_of(space["view"]), 4, 6, "user") is close


def test_lines_adjoin_by_what_is_written_and_read() -> None:
    """On these lines, under this name, in this order."""
    space: dict[str, Any] = {}
    exec("def view(a):\n  global x, y\n  x = a\n  y = x\n  return x, y\n", space)
    code = code_of(space["view"])
    assert adjoin(code, 3, 4, "x")
    assert adjoin(code, 3, 5, "x")
    assert adjoin(code, 4, 5, "y")
    assert not adjoin(code, 3, 5, "y")
    assert not adjoin(code, 4, 5, "x")
    assert not adjoin(code, 5, 3, "x")
    assert not adjoin(code, 3, 3, "x")
