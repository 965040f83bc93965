"""Whether participants met."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from types import CodeType, SimpleNamespace
from typing import Any

import pytest
from stepping import ran, visitor

from pytest_flaskctx.isolation.overlap import Overlap, codes_of
from pytest_flaskctx.isolation.turns import Point

VIEW = compile("", "app.py", "exec")
EXTENSION = compile("", "site-packages/login.py", "exec")


def turns(*blocks: object, slept: tuple[Point, ...] = ()) -> Any:
    """Return what turns know of the waits in them."""
    return SimpleNamespace(blocks=[*blocks], slept=[*slept])


# Without annotations: from Python 3.14 on they are code of their own.
def visit(client, token):  # type: ignore[no-untyped-def]
    """Be a visit."""

    def get():  # type: ignore[no-untyped-def]
        return client.get("/")

    return get()


def nested(code: CodeType, *names: str) -> CodeType:
    """Return the code of a function that is defined in another one."""
    for name in names:
        (code,) = (each for each in code.co_consts if getattr(each, "co_name", "") == name)
    return code


def ids(*codes: CodeType) -> set[int]:
    """Return what code is known by."""
    return {id(code) for code in codes}


def met(steps: str) -> set[int]:
    """Return in which lines of a view somebody stood while another one passed lines.

    Args:
        steps: who is at which line of the view, such as ``A1 B1``; in a visit's at ``A.``; in an
            extension that uses a proxy at ``A!``; at a return from line 2 at ``A<``; about to
            make a request at ``A?``.
    """
    found = Overlap()
    points = []
    for who, *line in steps.split():
        number = "AB".index(who)
        if line == ["."]:
            points.append(Point(number, visit.__code__, 3))
        elif line == ["!"]:
            points.append(Point(number, EXTENSION, 7, "proxy"))
        elif line == ["<"]:
            points.append(Point(number, VIEW, 2, "return"))
        elif line == ["?"]:
            points.append(Point(number, EXTENSION, 9, "request"))
        else:
            points.append(Point(number, VIEW, int("".join(line))))
    everybody = visitor("a", visit=visit), visitor("b", visit=visit)
    found.note(ran(*everybody, points=tuple(points), turns=turns()))
    assert {file for file, _ in found.lines} <= {"app.py"}
    return {line for _, line in found.lines}


@pytest.mark.parametrize(
    ("steps", "lines"),
    [
        ("A. A1 A2 A. B. B1 B2 B.", set()),
        ("A. A1 A2 B. B1 B2 B. A3 A.", {2}),
        ("A. B. A1 A2 B1 B2 A3 B3 A. B.", {2}),
        ("A. A1 A2 B. B1 A3 B2 A4 B3 A.", set()),
        ("A. A1 B. B1 B2 B. A2 A.", set()),
        ("A1 A2 B1 B2 B3 A3 A4 B4", {2, 3}),
        ("A1 A2 B1 B2 A3 A4 B3", {2}),
        ("A1 A2 A! B1 B2 A3 A.", {2}),
        ("A1 A2 B1 B! B! A3 A.", set()),
        ("A! A! B1 B2 B. A1 A.", set()),
        ("A1 A2 A< B1 B2 B. A3 A.", {2}),
        ("A1 A< B1 B2 B. A3 A.", set()),
        ("A1 A2 B1 B< A3", set()),
        ("A. A? A1 A2 B. B? B1 B2 A3 A.", {2}),
        ("A. A? B. B? B1 B2 B. A1 A.", set()),
        ("A1 A2 B? B1 A3", set()),
        ("A1 A2 A? B1 B2 A3", {2}),
    ],
)
def test_one_meets_another_that_passes_lines_while_it_stands(steps: str, lines: set[int]) -> None:
    """Amid its own lines: not before the first of them, nor in the visit's or an extension's."""
    assert met(steps) == lines


@pytest.mark.parametrize(
    ("steps", "lines"),
    [
        ("A1 A2 A1 B1 B2 A. B.", set()),
        ("A1 A2 A1 B1 B2 B. A< A.", set()),
        ("A1 A2 A1 B1 B2 B3", set()),
        ("A1 A2 A1 B1 B2 B3 A3 A.", {1}),
        ("A1 A2 A1 A3 B1 B2 A.", {3}),
        ("A1 A2 A1 A2 B1 A3 A4 B2 B3 A.", {4}),
        ("A1 A2 A1 B1 B2 B. A. A1 A2 A.", set()),
        ("A1 A2 A. A2 A3 B1 B2 A.", {3}),
        ("B1 B2 B1 A1 A2 B3 A3 A4 B4", {1, 3}),
    ],
)
def test_who_stands_at_a_line_again_may_have_done_all(steps: str, lines: set[int]) -> None:
    """As at that of a ``with`` whose block is left: it counts if there is a line after it."""
    assert met(steps) == lines


@pytest.mark.parametrize(
    ("steps", "lines"),
    [
        ("A1 A2 B1 B2 B3", set()),
        ("A1 A2 A1 B1 B2 B3", set()),
        ("A1 A2 B1 B2 A3 B3 B4", {2}),
        ("A1 A2 A3 B1 B2 B3 B4", set()),
    ],
)
def test_who_has_ended_stands_nowhere(steps: str, lines: set[int]) -> None:
    """There is nothing left for others to meet."""
    assert met(steps) == lines


def test_code_that_is_equal_is_not_the_same() -> None:
    """A view may say what the visit says, on the same lines of a file of that name."""
    text = "def act(client, token):\n  a = 1\n  b = 2\n  return a\n"
    space: dict[str, Any] = {}
    twin: dict[str, Any] = {}
    for each in (space, twin):
        exec(compile(text, "app.py", "exec"), each)
    view = twin["act"].__code__
    assert view == space["act"].__code__
    everybody = [visitor(name, visit=space["act"]) for name in "ab"]
    steps = [Point(who, view, line) for who, line in ((0, 2), (0, 3), (1, 2), (1, 3), (0, 4))]
    found = Overlap()
    found.note(ran(*everybody, points=tuple(steps), turns=turns()))
    assert found.lines == {("app.py", 3)}


def test_what_runs_show_is_collected() -> None:
    """Each lock counts once, by what it is; so does each place where somebody slept."""
    found = Overlap()
    locks: list[list[object]] = [[], []]
    places = Point(0, VIEW, 1), Point(1, VIEW, 1)
    found.note(ran(turns=turns(locks[0], slept=places[:1])))
    found.note(ran(turns=turns(locks[0], locks[1], locks[0], slept=places)))
    found.note(ran(turns=turns()))
    assert found.lines == set()
    assert found.asleep == set(places)
    assert [each for each in locks if found.locks.get(id(each)) is each] == locks
    assert len(found.locks) == 2


def test_the_code_of_a_visit_is_all_that_is_defined_in_it() -> None:
    """However deep."""

    def deep():  # type: ignore[no-untyped-def]
        def inner():  # type: ignore[no-untyped-def]
            return lambda: 7

        return inner

    code = deep.__code__
    assert codes_of(deep) == ids(code, nested(code, "inner"), nested(code, "inner", "<lambda>"))


def test_a_visit_may_be_wrapped() -> None:
    """Its own code counts."""

    @wraps(visit)
    def wrapper(*args: Any) -> Any:
        return visit(*args)

    assert codes_of(wrapper) == ids(visit.__code__, nested(visit.__code__, "get"))


def test_a_visit_may_have_some_of_its_arguments() -> None:
    """However often some were given."""
    given = partial(partial(visit, token="x"))
    assert codes_of(given) == codes_of(visit) != frozenset()


def test_a_visit_may_be_an_object() -> None:
    """What is run when it is called counts."""

    class Shopper:
        def __call__(self, client: Any, token: str) -> None: ...

    assert codes_of(Shopper()) == ids(Shopper.__call__.__code__)
    assert codes_of(partial(Shopper(), 1)) == ids(Shopper.__call__.__code__)


@pytest.mark.parametrize("function", [print, str.upper])
def test_a_visit_without_code_has_none(function: Callable[..., Any]) -> None:
    """One that is written in C, for example."""
    assert codes_of(function) == frozenset()
