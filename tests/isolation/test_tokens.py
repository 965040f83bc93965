"""The tokens by which data is known."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from pytest_flaskctx.isolation.tokens import LENGTH, Tokens

seeds = st.text(st.characters(codec="utf-8"))


@given(seeds)
def test_tokens_are_the_same_for_one_seed(seed: str) -> None:
    """In the same order, none of them twice, each of them plain letters and digits."""
    one, other = Tokens(seed), Tokens(seed)
    made = [one.next() for _ in range(20)]
    assert made == [other.next() for _ in range(20)]
    assert len(set(made)) == 20
    assert all(re.fullmatch("t[a-z2-7]{15}", each) and len(each) == LENGTH for each in made)


@given(seeds, seeds)
def test_other_seeds_make_other_tokens(one: str, other: str) -> None:
    """Nobody comes upon one by chance."""
    assert (Tokens(one).next() == Tokens(other).next()) == (one == other)


def test_tokens_are_found_where_they_stand() -> None:
    """All of them, once each."""
    tokens = Tokens("x")
    one, other, third = (tokens.next() for _ in range(3))
    text = f"{one}{other} and {one}.".encode()
    assert tokens.found_in(text) == {one, other}
    assert third not in tokens.found_in(text)
    assert tokens.found_in(b"nothing of the kind") == set()


@given(st.text("at27", max_size=20), st.text("at27", max_size=20))
def test_a_token_is_found_amid_what_looks_like_one(before: str, after: str) -> None:
    """It may begin within what looks like another."""
    tokens = Tokens("x")
    token = tokens.next()
    assert tokens.found_in(f"{before}{token}{after}".encode()) == {token}


def test_what_only_looks_like_a_token_is_none() -> None:
    """Nor is one that somebody else made, or part of one."""
    tokens = Tokens("x")
    token = tokens.next()
    assert tokens.found_in(Tokens("y").next().encode()) == set()
    assert tokens.found_in(token[:-1].encode()) == set()
    assert tokens.found_in(token[1:].encode()) == set()
