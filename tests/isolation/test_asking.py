"""What a test may ask for."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from pytest_flaskctx.isolation.asking import asked
from pytest_flaskctx.isolation.isolating import Asked
from pytest_flaskctx.settings import SettingsError


def visit(client: Any, token: str) -> None:
    """Do nothing."""


def ask(*visits: object, **changes: object) -> Asked:
    """Return what is asked for by the fixture's defaults, and these changes."""
    defaults: dict[str, Any] = {
        "app": Flask,
        "copies": 2,
        "oracle": "token",
        "expect": None,
        "shared": None,
        "reset": None,
        "max_schedules": 300,
        "max_seconds": 10.0,
        "seed": "x",
    }
    return asked(visits, **defaults | changes)


def test_the_defaults_can_be_meant() -> None:
    """A visit is enough."""
    assert ask(visit) == Asked((visit,), Flask, 2, "token", None, (), None, 300, 10.0, "x")


PATTERN = re.compile("x")


@pytest.mark.parametrize(
    ("name", "value", "meant"),
    [
        ("copies", 26, 26),
        ("oracle", "serial", "serial"),
        ("expect", visit, visit),
        ("reset", visit, visit),
        ("max_schedules", 1, 1),
        ("max_schedules", 1_000_000, 1_000_000),
        ("max_seconds", 1, 1.0),
        ("max_seconds", 0.1, 0.1),
        ("shared", "x+", ("x+",)),
        ("shared", "$['a key']", ("$['a key']",)),
        ("shared", PATTERN, (PATTERN,)),
        ("shared", visit, (visit,)),
        ("shared", ["$.a[0]", PATTERN], ("$.a[0]", PATTERN)),
        ("shared", ("x", visit), ("x", visit)),
        ("shared", [], ()),
    ],
)
def test_what_can_be_meant_is_taken(name: str, value: object, meant: object) -> None:
    """As it is; one thing that is shared is a list of one."""
    found = getattr(ask(visit, **{name: value}), name)
    assert (found, type(found)) == (meant, type(meant))


def test_an_application_or_its_factory_is_taken() -> None:
    """And is not asked yet."""
    app = Flask("shop")
    assert ask(visit, app=app).app is app
    assert ask(visit, app=ask).app is ask


def test_as_many_visits_as_there_are_letters_are_taken() -> None:
    """Each participant has one for its name."""
    assert len(ask(*[visit] * 26).visits) == 26
    with pytest.raises(SettingsError, match="isolation: 27 visits are too many; give 26 at most"):
        ask(*[visit] * 27)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("app", None, "a Flask application, or a factory of one without arguments"),
        ("app", "shop", "a Flask application, or a factory of one without arguments"),
        ("copies", 1, "a number from 2 to 26"),
        ("copies", 27, "a number from 2 to 26"),
        ("copies", 2.0, "a number from 2 to 26"),
        ("oracle", "luck", "'token' or 'serial'"),
        ("oracle", None, "'token' or 'serial'"),
        ("expect", 7, "a function expect(response, token)"),
        ("reset", "x", "a function reset()"),
        ("max_schedules", 0, "a number from 1 to 1000000"),
        ("max_schedules", 1_000_001, "a number from 1 to 1000000"),
        ("max_schedules", True, "a number from 1 to 1000000"),
        ("max_seconds", 0, "seconds, more than 0, such as 2.5"),
        ("max_seconds", -1.0, "seconds, more than 0, such as 2.5"),
        ("max_seconds", float("nan"), "seconds, more than 0, such as 2.5"),
        ("max_seconds", float("inf"), "seconds, more than 0, such as 2.5"),
        ("max_seconds", True, "seconds, more than 0, such as 2.5"),
        ("max_seconds", "2.5", "seconds, more than 0, such as 2.5"),
        ("shared", 7, "a regular expression, a JSON path that begins with '$', or a function"),
        ("shared", b"x", "a regular expression, a JSON path that begins with '$', or a function"),
        ("shared", "x(", "a regular expression: missing ), unterminated subpattern at position 1"),
        (
            "shared",
            re.compile(b"x"),
            "a regular expression, a JSON path that begins with '$', or a function",
        ),
        ("shared", "$", "a JSON path: '$' is not of the form $.name[0][*]['a key']"),
        ("shared", "$.a b", "a JSON path: '$.a b' is not of the form $.name[0][*]['a key']"),
    ],
)
def test_what_cannot_be_meant_is_named(name: str, value: object, allowed: str) -> None:
    """The argument, the value, and what to give."""
    with pytest.raises(SettingsError) as caught:
        ask(visit, **{name: value})
    told = f"flask_ctx_isolation({name}=): {value!r} is not possible; give {allowed}"
    assert str(caught.value) == told


def test_each_thing_that_is_shared_can_be_meant() -> None:
    """The one that cannot is named."""
    with pytest.raises(SettingsError, match=r"\(shared=\): None is not possible"):
        ask(visit, shared=["x", None])


def test_a_coroutine_function_is_no_visit() -> None:
    """Nobody would run what it returns."""

    async def later(client: Any, token: str) -> None: ...

    with pytest.raises(
        SettingsError,
        match=r"\(visits=\): <function .*later at .*> is not possible; give functions",
    ):
        ask(visit, later)


@given(st.text())
def test_a_seed_may_be_any_text(seed: str) -> None:
    """As it is where it can be; half a character in it, as in an id of a test, is spelt out."""
    found = ask(visit, seed=seed).seed
    assert found == seed
    assert ask(visit, seed=f"{seed}\ud800").seed == f"{seed}\\ud800"


def test_visits_are_functions_and_there_is_one() -> None:
    """A result of one is none."""
    with pytest.raises(
        SettingsError, match=r"no visit is given; give functions visit\(client, token\)"
    ):
        ask()
    with pytest.raises(
        SettingsError, match=r"\(visits=\): 7 is not possible; give functions visit"
    ):
        ask(visit, 7)
