"""What an object keeps, and that it is not asked for it."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

import pytest
from flask import request

from pytest_flaskctx.probes.attributes import SMALL, attributes


class Base:
    """Keeps some in slots."""

    __slots__ = ("__secret", "left_out")

    def __init__(self, secret: Any = 1) -> None:
        self.__secret = secret


class Both(Base):
    """Keeps more in a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.more = 2


Pair = namedtuple("Pair", "left right")  # noqa: PYI024  # the untyped one is meant


class Odd(tuple[int]):  # noqa: SLOT001  # has a dictionary, which is looked at as well
    """Has no names for its items."""

    _fields = "a"


class Wide:
    """Keeps too much to be looked at."""

    def __init__(self) -> None:
        vars(self).update({f"a{number}": number for number in range(SMALL + 1)})


KEPT: list[tuple[Callable[[], Any], dict[str, Any]]] = [
    (Base, {"__secret": 1}),
    (Both, {"__secret": 1, "more": 2}),
    (lambda: Pair(1, 2), {"left": 1, "right": 2}),
    (lambda: Odd([1]), {}),
    (Wide, {}),
    (object, {}),
    (lambda: Base, {}),
    (int, {}),
]


@pytest.mark.parametrize(("make", "expected"), KEPT)
def test_what_an_object_keeps(make: Callable[[], Any], expected: dict[str, Any]) -> None:
    """In its dictionary, its slots, the items that have names; nothing of its class counts."""
    found = {name.removeprefix("_Base"): each for name, each in attributes(make())}
    assert found == expected


def test_a_proxy_keeps_nothing() -> None:
    """It is not asked for what it stands for, which is nothing here."""
    unbound: Any = request
    kept = dict(attributes(unbound))
    assert "_LocalProxy__wrapped" in kept


def test_nobody_is_asked() -> None:
    """Neither an object that answers as it likes, nor its class."""

    class Sly:
        """Answers as it likes, and its class does."""

        __dict__ = property(lambda self: pytest.fail("was asked"))  # type: ignore[assignment]

        def __getattribute__(self, name: str) -> Any:
            pytest.fail("was asked")

    class Meta(type):
        """Answers for classes."""

        def __getattribute__(cls, name: str) -> Any:
            pytest.fail("was asked")

    class Made(metaclass=Meta):
        """Is one of such a class."""

        def __init__(self) -> None:
            self.it = 1

    assert dict(attributes(Sly())) == {}
    assert dict(attributes(type.__call__(Made))) == {"it": 1}
