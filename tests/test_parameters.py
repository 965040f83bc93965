"""How a function uses a parameter: what is read of its source, and what is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_flaskctx.parameters import uses
from pytest_flaskctx.source import reading

SHOP = """
def remind(text, user, /, place, *, who):
    return f"{user.name} {user.name.upper()}", place, who["a"].b, [user
        .name]

async def later(user):
    return user.id, user

def change(user):
    user.name = 1
    return user.id

def forget(user):
    del user
    return user.id

class First:
    def twice(self, user):
        return user.id

class Second:
    def twice(self, user):
        return user.id
"""


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """A file of functions."""
    file = tmp_path / "shop.py"
    file.write_text(SHOP)
    return str(file)


@pytest.mark.parametrize(
    ("function", "place", "expected"),
    [
        ("remind", 0, ()),
        ("remind", 1, ("user.name.upper()", "user .name", "user.name")),
        ("remind", 2, ("place",)),
        ("remind", 3, ()),
        ("remind", "who", ('who["a"].b',)),
        ("remind", "other", ()),
        ("later", 0, ("user", "user.id")),
        ("change", 0, ()),
        ("forget", 0, ()),
        ("twice", 1, ()),
        ("missing", 0, ()),
    ],
)
def test_uses_of_a_parameter(
    shop: str, function: str, place: int | str, expected: tuple[str, ...]
) -> None:
    """Each chain once; a function that gives the name another meaning, or is one of two, has none."""
    with reading():
        assert tuple(sorted(uses(shop, function, place))) == tuple(sorted(expected))


def test_a_file_that_is_no_source(tmp_path: Path) -> None:
    """There is nothing to read."""
    with reading():
        assert uses(str(tmp_path / "none.py"), "remind", 0) == ()
