"""What a dictionary held, and which keys hold something else by now."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_flaskctx.snapshots import MAX_ITEMS, changed, taken

LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.binary(max_size=3)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        | st.tuples(inner, inner)
    ),
    max_leaves=8,
)
SESSIONS = st.dictionaries(st.text(max_size=4), VALUES, max_size=4)


def differing(before: dict[str, Any], now: dict[str, Any]) -> set[Any]:
    """Return which keys differ between a snapshot of ``before`` and ``now``."""
    return set(changed(taken(before)[0], now))


@given(SESSIONS)
def test_what_nobody_touched_is_the_same(content: dict[str, Any]) -> None:
    """A snapshot differs in nothing from what it was taken of."""
    assert differing(content, content) == set()


@given(SESSIONS, st.text(max_size=4), VALUES)
def test_a_written_key_differs_unless_it_holds_the_same(
    content: dict[str, Any], key: str, value: object
) -> None:
    """Just the key that was written differs."""
    snapshot, _ = taken(content)
    content[key] = value
    assert set(changed(snapshot, content)) <= {key}


@pytest.mark.parametrize(
    ("value", "change"),
    [
        ([1], lambda value: value.append(2)),
        ([1], lambda value: value.__setitem__(0, 2)),
        ({"a": 1}, lambda value: value.update(a=2)),
        ({"a": 1}, lambda value: value.update(b=2)),
        ({"a": 1}, dict.clear),
        ({1}, lambda value: value.add(2)),
        ({"a": {"b": [1]}}, lambda value: value["a"]["b"].append(2)),
        (([1], 2), lambda value: value[0].append(3)),
    ],
)
def test_a_change_inside_a_container_is_seen(value: Any, change: Any) -> None:
    """What a key's value holds counts, however deep it stands."""
    content = {"cart": value, "n": 1}
    snapshot, inner = taken(content)
    assert inner
    assert changed(snapshot, content) == ()
    change(value)
    assert changed(snapshot, content) == ("cart",)


def test_keys_that_came_and_went_are_told() -> None:
    """New keys first, then those that are gone."""
    assert changed({"a": 1, "b": 2}, {"b": 2, "c": 3}) == ("c", "a")


def test_plain_values_can_change_by_a_write_only() -> None:
    """Text, numbers and dates need no second look."""
    assert taken({"a": "x", "b": 1, "c": dt.date(2026, 1, 1)})[1] is False
    assert taken({}) == ({}, False)


@pytest.mark.parametrize(
    "value",
    [
        dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        uuid.UUID(int=7),
        decimal.Decimal("1.50"),
        "text" * 100,
        [1, {"a": (2, None)}],
        {"b", "a"},
    ],
)
def test_equal_values_of_pythons_own_types_are_the_same(value: Any) -> None:
    """To write what stood there changes nothing."""
    import copy
    import pickle

    equal = pickle.loads(pickle.dumps(value))
    assert differing({"x": value}, {"x": equal}) == set()
    assert differing({"x": copy.copy(value)}, {"x": [value]}) == {"x"}


def test_no_comparison_of_the_users_own_is_called() -> None:
    """Two objects of a class of the user's are the same where they are one."""

    class Loud:
        __hash__ = None  # type: ignore[assignment]

        def __eq__(self, other: object) -> bool:
            raise AssertionError("asked")

    one, other = Loud(), Loud()
    assert differing({"x": one}, {"x": one}) == set()
    assert differing({"x": one}, {"x": other}) == {"x"}
    assert differing({"x": [one]}, {"x": [other]}) == {"x"}


def test_numbers_of_another_type_differ() -> None:
    """A cookie tells ``1`` from ``True`` and from ``1.0``."""
    assert differing({"x": 1}, {"x": True}) == {"x"}
    assert differing({"x": 1}, {"x": 1.0}) == {"x"}


def test_a_session_that_loads_itself_is_not_asked() -> None:
    """What a subclass of ``dict`` does when it is asked for a key is its own affair."""

    class Lazy(dict[str, Any]):
        def asked(self, *args: object) -> Any:
            raise AssertionError("asked")

        keys = items = values = copy = get = __len__ = __getitem__ = __contains__ = asked

    content = Lazy(a=1)
    snapshot, _ = taken(content)
    assert changed(snapshot, content) == ()


def test_what_is_too_large_is_not_looked_into() -> None:
    """A container with very many items counts as one value."""
    rows = [0] * (MAX_ITEMS + 1)
    content = {"rows": rows}
    snapshot, _ = taken(content)
    rows.append(1)
    assert changed(snapshot, content) == ()
    content["rows"] = list(rows)
    rows.pop()
    assert changed(snapshot, content) == ("rows",)


def test_what_holds_itself_comes_to_an_end() -> None:
    """A list that holds itself is looked into to a certain depth."""
    loop: list[Any] = []
    loop.append(loop)
    content = {"loop": loop}
    snapshot, _ = taken(content)
    assert changed(snapshot, content) == ()


def test_what_a_class_of_its_own_answers_is_not_asked() -> None:
    """How it is walked over, and what its keys are, is the program's."""

    class Lazy(dict[str, int]):
        def __iter__(self) -> Any:
            raise AssertionError

        def keys(self) -> Any:
            raise AssertionError

    content = Lazy(a=1)
    before = taken(content)[0]
    content["b"] = 2
    assert changed(before, content) == ("b",)
