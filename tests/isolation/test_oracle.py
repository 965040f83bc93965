"""What shows that a run bled."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stepping import answer, points, ran, visitor

from pytest_flaskctx.isolation.oracle import (
    Evidence,
    Shared,
    failures,
    foreign_tokens,
    no_order,
    steps_of,
    unexpected,
    without,
)
from pytest_flaskctx.isolation.runs import Run
from pytest_flaskctx.isolation.serial import Orders
from pytest_flaskctx.isolation.tokens import Tokens
from pytest_flaskctx.isolation.visits import Got

ORDER = "GET /order (endpoint 'order')"


@pytest.fixture
def tokens() -> Tokens:
    """All tokens that there are."""
    return Tokens("x")


def foreign(run: Run, tokens: Tokens, *shared: Shared) -> list[Evidence]:
    """Return all cases of a foreign token."""
    return list(foreign_tokens(run, tokens, shared))


def test_ones_own_token_shows_nothing(tokens: Tokens) -> None:
    """Nor does one that nobody made."""
    a, b = tokens.next(), tokens.next()
    run = ran(visitor(a, answer(a.encode()), value=[a]), visitor(b, answer(b"taaaaaaaaaaaaaaa")))
    assert foreign(run, tokens) == []


def test_anothers_token_is_told_wherever_it_is(tokens: Tokens) -> None:
    """In a body, a header, what the visit returned, or its error."""
    a, b = tokens.next(), tokens.next()
    run = ran(
        visitor(a, answer(f"{a} {b}".encode()), value={"user": b}),
        visitor(b, answer(b"", ("Location", f"/{a}"), ("X-User", b))),
        errors=[None, ValueError(a)],
    )
    assert foreign(run, tokens) == [
        Evidence("token", 0, 1, f"the body of {ORDER}"),
        Evidence("token", 0, 1, "what the visit returned"),
        Evidence("token", 1, 0, f"the header Location of {ORDER}"),
        Evidence("token", 1, 0, "the error that the visit ended with"),
    ]


def test_the_way_is_told_in_which_a_token_is_packed(tokens: Tokens) -> None:
    """The text as it is comes first."""
    a, b = tokens.next(), tokens.next()
    packed = base64.b64encode(b.encode())
    assert foreign(ran(visitor(a, answer(packed)), visitor(b)), tokens) == [
        Evidence("token", 0, 1, f"the body of {ORDER}", "base64")
    ]


def test_a_token_may_be_an_earlier_visitors(tokens: Tokens) -> None:
    """Of several, one of the same run is told."""
    earlier, a, b, c = (tokens.next() for _ in range(4))
    everybody = visitor(b), visitor(c)
    (alone,) = foreign(ran(visitor(a, answer(earlier.encode())), *everybody), tokens)
    assert alone == Evidence("token", 0, None, f"the body of {ORDER}")
    (among,) = foreign(ran(visitor(a, answer(f"{earlier}{c}{b}".encode())), *everybody), tokens)
    assert among.whose == 1


def test_what_all_may_see_is_no_case(tokens: Tokens) -> None:
    """The rest is."""
    a, b = tokens.next(), tokens.next()
    book = json.dumps({"guests": [{"name": b}], "user": a}).encode()
    run = ran(visitor(a, answer(book)), visitor(b))
    assert foreign(run, tokens, "$.guests") == []
    assert len(foreign(run, tokens, "$.user")) == 1


def test_a_failure_that_no_serial_run_shows_is_one() -> None:
    """A status, or the class of an error."""
    everybody = [visitor("a", answer(status=500)), visitor("b"), visitor("c", answer(status=404))]
    run = ran(*everybody, errors=[None, KeyError("x")])
    assert list(failures(run, ())) == [
        Evidence("failure", 0, None, "status 500"),
        Evidence("failure", 1, None, "KeyError"),
    ]
    assert [each.who for each in failures(run, ["500"])] == [1]
    assert list(failures(run, ["500", "KeyError"])) == []


def raised(error: Exception) -> Exception:
    """Return an error that was raised."""
    try:
        raise error
    except Exception as caught:
        return caught


def test_what_raised_an_error_is_told_unless_it_is_a_step() -> None:
    """A library's function; not what the error says, which may be a user's."""
    run = ran(visitor("a"), errors=[raised(KeyError("secret"))])
    (found,) = failures(run, ())
    assert found.where == f"KeyError (raised by {__name__}.raised)"
    (found,) = failures(run._replace(points=points((0, raised.__code__, 1))), ())
    assert found.where == "KeyError"


@pytest.mark.parametrize("when", [(3, 7), None])
def test_a_token_was_got_with_its_request(tokens: Tokens, when: tuple[int, int] | None) -> None:
    """A stream's may have been got at any time."""
    a, b = tokens.next(), tokens.next()
    got = answer(b.encode())._replace(when=when)
    (found,) = foreign(ran(visitor(a, got), visitor(b)), tokens)
    assert found.when == when


def test_what_the_application_answers_by_500_is_named() -> None:
    """Each kind of error once; an error that the visit raised is named by itself."""
    everybody = visitor("a", answer(status=500)), visitor("b")
    run = ran(*everybody, unhandled=(KeyError("x"), TypeError(), KeyError("y")))
    assert list(failures(run, ())) == [
        Evidence("failure", 0, None, "status 500 (KeyError, TypeError)")
    ]
    run = ran(*everybody, unhandled=(raised(KeyError()),))
    (found,) = failures(run, ())
    assert found.where == f"status 500 (KeyError raised by {__name__}.raised)"
    run = ran(*everybody[1:], errors=[KeyError()], unhandled=(TypeError(),))
    assert list(failures(run, ())) == [Evidence("failure", 0, None, "KeyError")]


def test_a_lock_in_a_database_is_no_failure() -> None:
    """The one that holds it is parked."""
    locked = sqlite3.OperationalError("database is locked")
    other = sqlite3.OperationalError("no such table: orders")
    run = ran(visitor("a"), visitor("b"), errors=[locked, other])
    assert [each.who for each in failures(run, ())] == [1]


def test_a_lock_that_is_answered_as_an_error_is_no_failure_either() -> None:
    """The application hands out a 500 in place of the error; any other error is one."""
    everybody = visitor("a", answer(status=500)), visitor("b")
    for error, who in (("database is locked", []), ("no such table: orders", [0])):
        run = ran(*everybody, unhandled=(sqlite3.OperationalError(error),))
        assert [each.who for each in failures(run, ())] == who


class SpeechlessError(AssertionError):
    """An error of the user's that cannot say what it is."""

    def __str__(self) -> str:
        """Fail."""
        raise RuntimeError


def test_an_error_that_cannot_be_told_is_an_error_all_the_same() -> None:
    """It says nothing, and is told by its class."""
    run = ran(visitor("a"), visitor("b"), errors=[SpeechlessError()])
    assert list(failures(run, ())) == [Evidence("failure", 0, None, "SpeechlessError")]

    def check(value: Any, token: str) -> None:
        raise SpeechlessError

    (found,) = unexpected(run, check)
    assert (found.who, found.detail) == (1, "")


def expect(value: Any, token: str) -> object:
    """Be the user's own check."""
    if value == "wrong":
        raise AssertionError("wrong answer")
    return None if value == "right" else value == token


def test_the_users_check_decides() -> None:
    """``False`` and ``AssertionError`` are wrong, anything else is right."""
    values = ["right", "b", "x", "wrong"]
    run = ran(*(visitor(token, value=value) for token, value in zip("abcd", values, strict=True)))
    what = "what the visit returned"
    assert list(unexpected(run, expect)) == [
        Evidence("expect", 2, None, what),
        Evidence("expect", 3, None, what, detail="wrong answer"),
    ]


def test_a_visit_that_ended_in_an_error_has_nothing_to_check() -> None:
    """What it returned is nothing."""
    run = ran(visitor("a"), visitor("b"), errors=[KeyError("x")])
    assert [each.who for each in unexpected(run, lambda value, token: False)] == [1]


def test_an_error_of_the_users_check_is_the_users() -> None:
    """It is not taken for an answer."""
    with pytest.raises(ZeroDivisionError):
        list(unexpected(ran(visitor("a")), lambda value, token: 1 / 0))


def test_no_order_has_that_outcome() -> None:
    """The response is told, and which part of it."""
    whole = ran(visitor("a"), visitor("b", answer(b"1"), answer(b"1", ("Age", "1"))))
    known = Orders([whole, whole])
    assert list(no_order(whole, known)) == []
    other = ran(visitor("a"), visitor("b", answer(b"2"), answer(b"1", ("Age", "1"))))
    assert list(no_order(other, known)) == [Evidence("serial", 1, None, f"the body of {ORDER}")]
    other = ran(visitor("a"), visitor("b", answer(b"1"), answer(b"1", ("Age", "2"))))
    assert list(no_order(other, known)) == [
        Evidence("serial", 1, None, f"the header Age of {ORDER}")
    ]


def test_no_order_ends_like_that() -> None:
    """An error, or a response that is missing."""
    whole = ran(visitor("a", answer(b"1")))
    known = Orders([whole, whole])
    ends = [Evidence("serial", 0, None, "the end of a visit")]
    assert list(no_order(ran(visitor("a", answer(b"1")), errors=[KeyError("x")]), known)) == ends
    assert list(no_order(ran(visitor("a")), known)) == ends


DATA = {"a": [{"b": 1, "c": 2}, {"b": 3}], "d-e": {"b": 4}}
NAMES = {"d e": {"4": 1}, "größe": 2, "x": 3}


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("$.a", {"a": None, "d-e": {"b": 4}}),
        ("$.a[0]", {"a": [None, {"b": 3}], "d-e": {"b": 4}}),
        ("$.a[1].b", {"a": [{"b": 1, "c": 2}, {"b": None}], "d-e": {"b": 4}}),
        ("$.a[*].b", {"a": [{"b": None, "c": 2}, {"b": None}], "d-e": {"b": 4}}),
        ("$.a[*].c", {"a": [{"b": 1, "c": None}, {"b": 3}], "d-e": {"b": 4}}),
        ("$.d-e.b", {"a": [{"b": 1, "c": 2}, {"b": 3}], "d-e": {"b": None}}),
        ("$.a[2]", DATA),
        ("$.a.b", DATA),
        ("$.x.b", DATA),
        ("$.d-e[*]", {"a": [{"b": 1, "c": 2}, {"b": 3}], "d-e": {"b": None}}),
        ("$[*].b", {"a": [{"b": 1, "c": 2}, {"b": 3}], "d-e": {"b": None}}),
        ("$.d-e.b[*]", DATA),
        ("$.d-e.b.x", DATA),
    ],
)
def test_a_json_path_names_what_all_may_see(path: str, left: object) -> None:
    """What is there is taken out; a path that leads nowhere takes nothing."""
    got = without(Got("the body of", ORDER, json.dumps(DATA).encode()), [path])
    assert json.loads(got) == left


@pytest.mark.parametrize(
    ("path", "left"),
    [
        ("$['d e']", NAMES | {"d e": None}),
        ("$['d e'].x", NAMES),
        ("$['d e']['4']", NAMES | {"d e": {"4": None}}),
        ("$['x']", NAMES | {"x": None}),
        ("$.größe", NAMES | {"größe": None}),
    ],
)
def test_a_step_may_be_any_key(path: str, left: object) -> None:
    """In quotes, where it is no name; a name may have letters of any language."""
    got = without(Got("the body of", ORDER, json.dumps(NAMES).encode()), [path])
    assert json.loads(got) == left


def test_a_json_path_takes_nothing_from_what_is_no_json() -> None:
    """Nor from what is nested too deeply to be read."""
    for text in (b"a=1", b"[" * 200_000):
        assert without(Got("", "", text), ["$.a"]) == text


def test_a_json_path_has_its_steps() -> None:
    """Names, keys, places and all places, in order."""
    assert steps_of("$.a-1['b c'][0][*]._d") == ["a-1", "b c", "0", "*", "_d"]


@pytest.mark.parametrize(
    "path", ["$", "", "$a", "$.", "$.a.", "$.1", "$..a", "$.a b", "$[a]", "$[-1]", "$['']", "$.a["]
)
def test_what_is_no_json_path_is_refused(path: str) -> None:
    """Above all the root: it would leave nothing to look at."""
    with pytest.raises(ValueError, match=r"is not of the form \$\.name\[0\]") as caught:
        steps_of(path)
    assert str(caught.value).startswith(repr(path))


@pytest.mark.parametrize(
    ("shared", "left"),
    [
        (["x+"], b"ayb"),
        ([re.compile("X", re.IGNORECASE)], b"ayb"),
        ([str.upper], b"AXXYB"),
        ([str.upper, "X", lambda text: 7], b"7"),
        (["x", "ayb"], b""),
    ],
)
def test_a_pattern_or_a_function_takes_out_what_all_may_see(
    shared: Sequence[Shared], left: bytes
) -> None:
    """One after the other."""
    assert without(Got("", "", b"axxyb"), shared) == left


@given(st.binary())
def test_bytes_that_are_no_text_stay_as_they_are(text: bytes) -> None:
    """Whether or not something is looked for in them."""
    got = Got("", "", text)
    assert without(got, []) == without(got, ["(?!)"]) == text
