"""What any order of whole requests may come to."""

from __future__ import annotations

import gzip
import itertools
import json
import zlib
from collections.abc import Sequence
from itertools import islice, permutations
from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stepping import Goer, answer, goers, ran, visitor

from pytest_flaskctx.isolation.runs import Run
from pytest_flaskctx.isolation.serial import (
    MOST_ORDERS,
    InOrder,
    Orders,
    fields,
    fitting,
    orders,
    part_of,
)

A, B = "taaaaaaaaaaaaaaa", "tbbbbbbbbbbbbbbb"

# Requests of four lines each, a line before each of them, and one at the end of the visit.
SCRIPT = "-?...-?...-"


def told(order: Sequence[int], everybody: Sequence[Goer]) -> str:
    """Return whose each line was."""
    policy = InOrder(order)
    lines, now = "", policy.choose(everybody, None)
    while now is not None and now.steps < 100:
        now.steps += 1
        here = SCRIPT[now.steps - 1 :][:1]
        now.at_request = here == "?"
        now.ready = bool(here)
        if here and here != "?":
            lines += ("AB" if here == "." else "ab")[now.number]
        now = policy.choose(everybody, now if here else None)
    return lines


@pytest.mark.parametrize(
    ("order", "lines"),
    [
        ((0, 0, 1, 1), "aAAAaAAAabBBBbBBBb"),
        ((1, 1, 0, 0), "bBBBbBBBbaAAAaAAAa"),
        ((0, 1, 0, 1), "aAAAabBBBbAAAaBBBb"),
        ((0, 1, 1, 0), "aAAAabBBBbBBBbAAAa"),
        ((), "aAAAaAAAabBBBbBBBb"),
    ],
)
def test_requests_are_made_in_order(order: tuple[int, ...], lines: str) -> None:
    """Whoever is in a request ends it; what is left when the order ends goes on as it is."""
    assert told(order, goers()) == lines


def test_who_is_at_its_end_before_its_last_request_is_passed_over() -> None:
    """Another one is next."""
    everybody = goers()
    everybody[0].ready = False
    assert InOrder((0, 0, 1)).choose(everybody, None) is everybody[1]


def test_nobody_is_next_where_nobody_can_go_on() -> None:
    """All are done, or blocked."""
    everybody = [Goer(0, ready=False)]
    assert InOrder((0,)).choose(everybody, None) is None


def test_whole_visits_come_first_among_orders() -> None:
    """Each order comes once."""
    assert list(orders((1, 1))) == [(0, 1), (1, 0)]
    assert list(orders((2, 1))) == [(0, 0, 1), (1, 0, 0), (0, 1, 0)]


@given(st.tuples(st.integers(1, 2), st.integers(1, 2)))
def test_all_orders_of_few_requests_are_there(counts: tuple[int, int]) -> None:
    """Every arrangement of them."""
    plain = (0,) * counts[0] + (1,) * counts[1]
    found = list(orders(counts))
    assert sorted(found) == sorted(set(permutations(plain)))


def test_there_are_a_few_dozen_orders_at_most() -> None:
    """However many requests there are, to be had without listing all of them."""
    found = list(islice(orders((30, 30, 30)), 100))
    assert MOST_ORDERS <= len(found) <= MOST_ORDERS + 2
    assert len(set(found)) == len(found)
    assert {tuple(sorted(each)) for each in found} == {(0,) * 30 + (1,) * 30 + (2,) * 30}


def test_orders_fit_what_was_over_before_another_began() -> None:
    """Of those that overlap the one that was over first comes first; a stream may be over at any time."""
    alone = [(0, 1), (2, 3)]
    assert list(fitting([alone, [(4, 5)]])) == [(0, 0, 1)]
    assert list(fitting([[(0, 9), (10, 11)], [(1, 2), (3, 4)]])) == [
        (1, 1, 0, 0),
        (1, 0, 1, 0),
        (0, 1, 1, 0),
    ]
    assert list(fitting([[(0, inf), (1, 2)], [(3, 4)]])) == [(0, 0, 1)]
    assert list(fitting([[(0, inf)], [(3, 4)]])) == [(1, 0), (0, 1)]
    assert list(fitting([[], []])) == [()]


SPANS = st.lists(st.integers(1, 9), min_size=0, max_size=6).map(
    lambda steps: list(itertools.pairwise(itertools.accumulate(steps)))[::2]
)


@given(st.tuples(SPANS, SPANS))
def test_all_orders_that_fit_are_found(spans: tuple[Any, Any]) -> None:
    """Each once: the ones in which no request comes before one that was over when it began."""
    plain = (0,) * len(spans[0]) + (1,) * len(spans[1])

    def fits(order: tuple[int, ...]) -> bool:
        rest = [list(each) for each in spans]
        told = [rest[who].pop(0) for who in order]
        return all(later[1] >= one[0] for one, later in itertools.combinations(told, 2))

    found = list(fitting(spans))
    assert len(set(found)) == len(found)
    assert sorted(found) == sorted(each for each in set(permutations(plain)) if fits(each))


def test_a_run_is_told_field_by_field() -> None:
    """With tokens replaced by whose they are, and errors and statuses as they are."""
    run = ran(
        visitor(A, answer(f"hello {A}!".encode(), ("X-User", f"{B}, {A}"))),
        visitor(B, answer(b"", status=404), answer(b"[]")),
        errors=[KeyError("x")],
    )
    assert fields(run) == {
        (0, "failed"): "KeyError",
        (0, 0, "status"): 200,
        (0, 0, "header", "X-User", 0): b"<B>, <A>",
        (0, 0, "body", "words"): 4,
        (0, 0, "body", 0): b"hello",
        (0, 0, "body", 1): b" <",
        (0, 0, "body", 2): b"A",
        (0, 0, "body", 3): b">!",
        (1, "failed"): "",
        (1, 0, "status"): 404,
        (1, 0, "body", "words"): 0,
        (1, 1, "status"): 200,
        (1, 1, "body", ("length",)): 0,
    }


def test_json_is_told_by_its_leaves() -> None:
    """With the keys of each object and the length of each list, whatever their order."""
    run = ran(visitor(A, answer(json.dumps({"b": [{"c": A}, None], "a": 1.5}).encode())))
    body = {key[3:]: value for key, value in fields(run).items() if key[2:3] == ("body",)}
    assert body == {
        (("keys",),): ("a", "b"),
        ("a",): "1.5",
        ("b", ("length",)): 2,
        ("b", 0, ("keys",)): ("c",),
        ("b", 0, "c"): '"<A>"',
        ("b", 1): "null",
    }


def one(body: str, **more: str) -> Run:
    """Return a run of one visitor that got ``body``."""
    return ran(visitor(A, answer(body.encode(), *more.items())))


def test_what_some_order_comes_to_is_in_order() -> None:
    """It need not be the first one."""
    found = Orders([one("1"), one("2"), one("1")])
    assert found.differing(one("1")) is None
    assert found.differing(one("2")) is None


def test_what_no_order_comes_to_is_told_by_the_field() -> None:
    """It is one in which the nearest order differs."""
    near, far = one('{"n": 2, "of": 2}'), one('{"n": 1, "of": 1}', Etag="x")
    found = Orders([far, near, far])
    assert found.differing(one('{"n": 1, "of": 2}')) == (0, 0, "body", "n")


def test_orders_are_whole() -> None:
    """One field like one order and another like another are like none."""
    orders = [one('{"a": 1, "b": 1}'), one('{"a": 2, "b": 2}')]
    assert Orders([*orders, orders[0]]).differing(one('{"a": 1, "b": 2}')) is not None


def test_what_varies_by_itself_tells_nothing() -> None:
    """Ids, times and the like differ between two runs of one order; the rest of it is compared."""
    found = Orders([one('{"id": 7, "n": 1}', Date="x"), one('{"id": 8, "n": 1}', Date="y")])
    assert found.differing(one('{"id": 9, "n": 1}', Date="z")) is None
    assert found.differing(one('{"id": 9, "n": 2}', Date="z")) == (0, 0, "body", "n")


def test_what_only_one_of_two_equal_runs_has_varies() -> None:
    """A header that comes and goes, for one."""
    for equal in ([one("1"), one("1", Age="7")], [one("1", Age="7"), one("1")]):
        assert Orders(equal).differing(one("1", Age="9")) is None
        assert Orders(equal).differing(one("1")) is None


def test_of_an_order_that_was_run_again_more_is_known_to_vary() -> None:
    """In whichever order it was; each is compared with itself."""
    found = Orders([one("1"), one("2", Date="x"), one("1")])
    other = one("2", Date="y")
    assert found.differing(other) == (0, 0, "header", "Date", 0)
    found.learn([one("1"), other])
    assert found.differing(one("2", Date="z")) is None
    assert found.differing(one("3", Date="z")) == (0, 0, "body")


def test_what_varies_is_told_by_its_part() -> None:
    """Each part once."""
    whence = "GET /order (endpoint 'order')"
    found = Orders([one("[1, 2]", Age="1"), one("[3, 4]", Age="2")])
    assert found.varying == [f"the body of {whence}", f"the header Age of {whence}"]
    assert Orders([one("1"), one("1")]).varying == []
    failed = ran(visitor(A, answer(b"1")), errors=[KeyError("x")])
    assert Orders([one("1"), failed]).varying == ["the end of a visit"]


def test_of_a_text_whose_length_varies_no_word_tells_anything() -> None:
    """Each word is in another place then; status and headers are compared, and other answers."""
    found = Orders([one("at noon: tea, milk"), one("a moment ago: tea, milk")])
    assert found.differing(one("yesterday: cake")) is None
    assert found.differing(one("yesterday: cake", Age="1")) == (0, 0, "header", "Age", 0)
    texts = [[answer(b"at noon"), answer(b"a b")], [answer(b"now"), answer(b"a b")]]
    found = Orders([ran(visitor(A, *each)) for each in texts])
    assert found.differing(ran(visitor(A, answer(b"then"), answer(b"a c")))) == (0, 1, "body", 2)


def test_of_a_text_whose_words_vary_in_place_the_others_tell() -> None:
    """Its length is the same."""
    found = Orders([one("7: tea, milk"), one("8: tea, milk")])
    assert found.differing(one("9: tea, milk")) is None
    assert found.differing(one("9: tea, cake")) == (0, 0, "body", 4)


def test_all_headers_of_one_name_are_compared() -> None:
    """In the order in which they were sent; that of other names does not matter."""

    def cookies(*headers: tuple[str, str]) -> Run:
        return ran(visitor(A, answer(b"", *headers)))

    one, two, age = ("Set-Cookie", "a=1"), ("Set-Cookie", "b=1"), ("Age", "1")
    found = Orders([cookies(one, two, age), cookies(one, two, age)])
    assert found.differing(cookies(age, one, two)) is None
    for headers in ((("Set-Cookie", "a=2"), two, age), (two, age), (two, one, age)):
        field = found.differing(cookies(*headers))
        assert field is not None
        assert field[2:4] == ("header", "Set-Cookie")


def test_how_long_a_body_is_says_nothing_of_its_own() -> None:
    """What a token is packed to differs by chance."""
    found = Orders([one("1", **{"Content-Length": "1"})] * 2)
    assert found.differing(one("1", **{"content-length": "2"})) is None


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_body_is_compared_as_it_was_before_it_was_packed(encoding: str) -> None:
    """Whose token is in it can be seen then."""

    def packed(token: str, said: str = "") -> Run:
        text = f'{{"user": "{said or token}", "at": 1}}'.encode()
        body = gzip.compress(text) if encoding == "gzip" else zlib.compress(text)
        return ran(visitor(token, answer(body, ("Content-Encoding", encoding))))

    found = Orders([packed(A), packed(B)])
    assert found.varying == []
    assert found.differing(packed("tccc")) is None
    assert found.differing(packed(A, B)) == (0, 0, "body", "user")


def test_what_the_same_schedule_says_otherwise_varies() -> None:
    """Chance decides it."""
    found = Orders([one('{"n": 1, "lucky": false}')] * 2)
    lucky = one('{"n": 1, "lucky": true}')
    assert found.differing(lucky) == (0, 0, "body", "lucky")
    found.add(one('{"n": 3, "lucky": false}'))
    assert found.differing(one('{"n": 3, "lucky": false}')) is None
    found.compare(lucky, lucky)
    assert found.differing(lucky) is not None
    found.compare(lucky, one('{"n": 1, "lucky": false}'))
    assert found.differing(lucky) is None
    assert found.differing(one('{"n": 2, "lucky": true}')) == (0, 0, "body", "n")


def test_what_is_nested_too_deeply_is_told_by_its_words() -> None:
    """It cannot be read."""
    found = fields(one("[" * 200_000))
    assert found[0, 0, "body", "words"] == 1


def test_news_is_what_is_said_in_no_order() -> None:
    """What another participant is told there may be a matter of who came first."""

    def both(first: str, second: str) -> Run:
        return ran(visitor(A, answer(first.encode())), visitor(B, answer(second.encode())))

    orders = [both("1", "2"), both("2", "1")]
    found = Orders([*orders, orders[0]])
    assert not found.says_news(both("2", "1"))
    assert not found.says_news(both("1", "1"))
    assert not found.says_news(both("2", "2"))
    assert found.says_news(both("3", "1"))
    assert found.says_news(both("1", "3"))


def test_an_answer_that_is_missing_is_news() -> None:
    """Unless one is missing in some order, too."""
    whole, short = ran(visitor(A, answer(b"1"), answer(b"1"))), one("1")
    assert Orders([whole, whole]).says_news(short)
    assert not Orders([short, whole, short]).says_news(short)


def test_a_field_is_told_by_its_part_and_request() -> None:
    """What is no part of an answer that is there is the end of a visit."""
    run = one("1", Age="1")
    whence = "GET /order (endpoint 'order')"
    assert part_of(run, (0, 0, "status")) == f"the status of {whence}"
    assert part_of(run, (0, 0, "header", "Age", 0)) == f"the header Age of {whence}"
    assert part_of(run, (0, 0, "body", "a", 0)) == f"the body of {whence}"
    for field in ((0, "failed"), (0, 1, "status"), ("x", 0, "status")):
        assert part_of(run, field) == "the end of a visit"


def test_an_answer_that_is_missing_is_like_no_order() -> None:
    """No field of its own differs."""
    whole = ran(visitor(A, answer(b"1"), answer(b"2")))
    found = Orders([whole, whole])
    assert found.differing(one("1")) in {(0, 1, "status"), (0, 1, "body")}
