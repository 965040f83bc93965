"""What a visit gets."""

from __future__ import annotations

import itertools
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask, Response, abort, make_response, redirect, request, session
from stepping import answer, visitor

from pytest_flaskctx.isolation import visits
from pytest_flaskctx.isolation.visits import Got, Visit, Visitor, said

ORDER = "GET /order/<name> (endpoint 'order')"


class Tap:
    """A stream that cannot be read any more when it was closed, as a file cannot."""

    def __init__(self) -> None:
        self._parts = iter([b"a,", b"b,", b"c,"])
        self._closed = False

    def __iter__(self) -> Tap:
        """Be read."""
        return self

    def __next__(self) -> bytes:
        """Return the next part."""
        if self._closed:
            raise ValueError("I/O operation on closed file")
        return next(self._parts)

    def close(self) -> None:
        """Be closed."""
        self._closed = True


@pytest.fixture
def app() -> Flask:
    """A shop."""
    app = Flask("shop")
    app.secret_key = "x"

    @app.route("/order/<name>", methods=["GET", "POST"])
    def order(name: str) -> Response:
        session["name"] = name
        made = make_response(f"{name}\n", 201)
        made.headers["X-Size"] = request.args.get("size", "?")
        return made

    @app.get("/stream/<int:parts>")
    def stream(parts: int) -> Iterator[str]:
        return (f"{part}," for part in range(parts))

    @app.get("/old/<name>")
    def old(name: str) -> Any:
        return redirect(f"/older/{name}")

    @app.get("/older/<name>")
    def older(name: str) -> Any:
        return redirect(f"/order/{name}")

    @app.get("/tap")
    def tap() -> Response:
        return Response(Tap(), direct_passthrough=True)

    @app.get("/torn/<name>")
    def torn(name: str) -> Iterator[str]:
        yield f"{name},"
        raise ValueError(name)

    @app.get("/broken")
    def broken() -> None:
        abort(503)

    return app


def paid(app: Flask, visit: Visit, before: Callable[[], None] = lambda: None) -> Visitor:
    """Return a visitor whose visit is over."""
    made = Visitor(visit, app, "token", before)
    made()
    return made


def test_a_visit_gets_a_client_and_its_token(app: Flask) -> None:
    """What it returns is kept."""
    made = paid(app, lambda client, token: (client.application, token))
    assert made.value == (app, "token")
    assert made.answers == []


def test_each_response_is_read_to_its_end(app: Flask) -> None:
    """In order, whatever the visit did with it; the request is told without its data."""

    def visit(client: Any, token: str) -> None:
        client.get(f"/order/{token}?size=9").get_data()
        client.post(f"/order/{token}")
        client.get("/stream/3")
        client.get("/nowhere/" + token)

    one, two, three, four = paid(app, visit).answers
    assert (one.whence, one.status, one.body) == (ORDER, 201, b"token\n")
    assert ("X-Size", "9") in one.headers
    assert "session=" in dict(one.headers)["Set-Cookie"]
    assert two.whence == ORDER.replace("GET", "POST")
    assert (three.whence, three.body) == ("GET /stream/<int:parts> (endpoint 'stream')", b"0,1,2,")
    assert four.status == 404
    assert "token" not in four.whence


def test_a_response_is_whole_for_whoever_looks_at_it_later(app: Flask) -> None:
    """The user's own check does; a stream that was begun has its rest."""

    def visit(client: Any, token: str) -> list[Any]:
        begun = client.get("/stream/3")
        assert next(begun.response) == b"0,"
        return [begun, client.get("/stream/2"), client.get(f"/order/{token}")]

    made = paid(app, visit)
    assert [each.get_data() for each in made.value] == [b"1,2,", b"0,1,", b"token\n"]
    assert [each.body for each in made.answers] == [b"1,2,", b"0,1,", b"token\n"]


def test_requests_of_a_client_in_a_block_are_seen(app: Flask) -> None:
    """It is the same client."""

    def visit(client: Any, token: str) -> str:
        with client:
            client.get("/order/tea")
            return str(session["name"])

    made = paid(app, visit)
    assert (made.value, [each.whence for each in made.answers]) == ("tea", [ORDER])


def test_a_request_is_told_before_it_begins(app: Flask) -> None:
    """Each of them."""
    told: list[str] = []

    def visit(client: Any, token: str) -> None:
        for name in ("tea", "milk"):
            client.get(f"/order/{name}")
            told.append(name)

    paid(app, visit, lambda: told.append("before"))
    assert told == ["before", "tea", "before", "milk"]


def test_nothing_need_be_done_before_a_request(app: Flask) -> None:
    """Unless somebody asks for it."""
    made = Visitor(lambda client, token: client.get("/order/tea").status_code, app, "token")
    assert made() == made.value == 201


def test_what_a_visit_got_before_it_failed_is_known(app: Flask) -> None:
    """The error is the visit's own."""

    def visit(client: Any, token: str) -> None:
        client.get("/order/tea")
        raise KeyError(token)

    made = Visitor(visit, app, "token")
    with pytest.raises(KeyError, match="token"):
        made()
    assert [each.body for each in made.answers] == [b"tea\n"]


def test_redirects_that_are_followed_are_taken_once_and_in_order(app: Flask) -> None:
    """Each of them is a request; what comes after them is taken as ever."""
    told: list[str] = []

    def visit(client: Any, token: str) -> None:
        client.get("/order/milk")
        client.get("/old/tea", follow_redirects=True)
        client.get("/old/tea")

    made = paid(app, visit, lambda: told.append("before"))
    assert [(each.status, each.whence.split("/")[1]) for each in made.answers] == [
        (201, "order"),
        (302, "old"),
        (302, "older"),
        (201, "order"),
        (302, "old"),
    ]
    assert made.answers[3].body == b"tea\n"
    assert made.requests == len(told) == 5


def test_requests_are_counted(app: Flask) -> None:
    """One that fails is one, and what comes after it is taken."""
    app.testing = True

    @app.get("/wrong")
    def wrong() -> None:
        raise LookupError

    def visit(client: Any, token: str) -> None:
        with pytest.raises(LookupError):
            client.get("/wrong")
        client.get("/order/tea")

    made = paid(app, visit)
    assert made.requests == 2
    assert [each.status for each in made.answers] == [201]
    assert Visitor(visit, app, "token").requests == 0


def test_it_is_known_when_requests_were_over(app: Flask) -> None:
    """One that is redirected before the next begins, one that fails when it does; a stream never."""
    app.testing = True

    @app.get("/wrong")
    def wrong() -> None:
        raise LookupError

    def visit(client: Any, token: str) -> None:
        client.get("/old/tea", follow_redirects=True)
        with pytest.raises(LookupError):
            client.get("/wrong")
        client.get("/stream/2")
        client.get("/order/tea")

    moments = itertools.count()

    def steps() -> int:
        return max(over for span in made.spans for over in span if over < math.inf) + 1

    made = Visitor(visit, app, "token", tick=lambda: next(moments), steps=steps)
    made()
    assert made.spans == [(0, 1), (2, 3), (4, 5), (6, 7), (8, math.inf), (9, 10)]
    # A redirected request's answers come together.
    assert [each.when for each in made.answers] == [(1, 6), (1, 6), (1, 6), None, (10, 11)]


def test_a_response_that_the_visit_closed_is_no_error(app: Flask) -> None:
    """What is left of it cannot be read; others are read."""

    def visit(client: Any, token: str) -> str:
        response = client.get("/tap")
        assert next(response.response) == b"a,"
        response.close()
        client.get("/tap")
        return token

    made = paid(app, visit)
    assert made.value == "token"
    assert [each.body for each in made.answers] == [b"", b"a,b,c,"]


def test_an_error_of_a_stream_is_the_visits(app: Flask) -> None:
    """The first of them; what came before it is known, and the other responses are read."""

    def visit(client: Any, token: str) -> None:
        for at in ("/order/tea", "/torn/one", "/torn/other", "/stream/2"):
            client.get(at)

    made = Visitor(visit, app, "token")
    with pytest.raises(ValueError, match="one"):
        made()
    assert [each.body for each in made.answers] == [b"tea\n", b"one,", b"other,", b"0,1,"]


def test_an_error_of_a_stream_does_not_replace_the_visits_own(app: Flask) -> None:
    """And the other responses are read all the same."""

    def visit(client: Any, token: str) -> None:
        client.get("/torn/one")
        client.get("/order/tea")
        raise KeyError(token)

    made = Visitor(visit, app, "token")
    with pytest.raises(KeyError, match="token"):
        made()
    assert [each.body for each in made.answers] == [b"one,", b"tea\n"]


def test_an_error_says_something_or_nothing() -> None:
    """One that fails to is the user's; it says nothing."""

    class SpeechlessError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert said(ValueError("wrong")) == "wrong"
    assert said(SpeechlessError()) == ""


def test_a_stream_without_end_is_left(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """And named; one that ends in time is none."""
    monkeypatch.setattr(visits, "MOST_PARTS", 3)
    closed = []

    def visit(client: Any, token: str) -> Any:
        response = client.get(f"/stream/{sys.maxsize}")
        response.call_on_close(lambda: closed.append(token))
        return response

    made = paid(app, visit)
    assert closed == ["token"]
    assert made.endless == "GET /stream/<int:parts> (endpoint 'stream')"
    assert [each.body for each in made.answers] == [b"0,1,2,"]
    assert paid(app, lambda client, token: client.get("/stream/2")).endless == ""


def test_what_was_got_is_told_with_its_place() -> None:
    """Of a response by the request that it answers."""
    made = visitor("t", answer(b"body", ("Age", "1"), ("Age", "\ud800")), value="said")
    whence = "GET /order (endpoint 'order')"
    assert list(made.got(ValueError("wrong"))) == [
        Got("the body of", whence, b"body"),
        Got("the header Age of", whence, b"1"),
        Got("the header Age of", whence, b"?"),
        Got("what the visit returned", "", b"said"),
        Got("the error that the visit ended with", "", b"wrong"),
    ]
    assert list(map(str, visitor("t", answer(b"x"), value="y").got(None))) == [
        f"the body of {whence}",
        "what the visit returned",
    ]


@dataclass
class Page:
    """Something of the user's."""

    title: str
    parts: Any


class Slotted:
    """Something without a namespace."""

    __slots__ = ("title",)


class Sealed:
    """Something whose class stands before its namespace."""

    __dict__ = 7  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        (None, []),
        (7, []),
        ("\ud800", [b"?"]),
        (b"x", [b"x"]),
        (bytearray(b"x"), [b"x"]),
        (memoryview(b"x"), [b"x"]),
        ({"a": b"b", 1: "c"}, [b"a", b"b", b"c"]),
        (["a", ("b", {"c"}, frozenset("d"))], [b"a", b"b", b"c", b"d"]),
        (Page("a", [Page("b", None)]), [b"a", b"b"]),
        ([[[["a"]]]], [b"a"]),
        ([[[[["a"]]]]], []),
        (Slotted(), []),
        (Sealed(), []),
    ],
)
def test_texts_are_found_in_what_a_visit_returned(value: Any, texts: list[bytes]) -> None:
    """A few levels down, in containers and in attributes."""
    found = [each.text for each in visitor("t", value=value).got(None)]
    assert found == texts


def test_a_value_may_contain_itself() -> None:
    """That has an end."""
    value: list[Any] = ["a"]
    value.append(value)
    assert [each.text for each in visitor("t", value=value).got(None)] == [b"a"] * 4


def test_a_response_that_is_returned_is_looked_at_once(app: Flask) -> None:
    """Its request is the participant's own, and would tell nothing new."""
    made = paid(app, lambda client, token: ["said", client.get(f"/order/{token}")])
    wheres = [str(each) for each in made.got(None)]
    assert wheres[0] == f"the body of {ORDER}"
    assert wheres.count("what the visit returned") == 1


def test_a_visit_fails_by_its_error_or_by_a_status(app: Flask) -> None:
    """The first that is the server's fault; the error goes before it."""
    made = paid(app, lambda client, token: [client.get(at) for at in ("/nowhere", "/broken")])
    assert made.failed(None) == "503"
    assert made.failed(KeyError("x")) == "KeyError"
    assert visitor("t", answer(status=499), answer(status=500), answer()).failed(None) == "500"
    assert visitor("t", answer(status=499)).failed(None) == ""
