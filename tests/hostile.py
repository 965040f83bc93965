"""Objects of users' that make trouble for whoever asks them anything; as a program they are fine."""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import Any
from unittest.mock import Mock


def refuse(*_: object) -> Any:
    """Be code of the user's that nobody but the program may run."""
    raise ValueError("asked")


class Hostile:
    """Answers nothing; can be called with anything."""

    __bool__ = __eq__ = __hash__ = __iter__ = __len__ = refuse  # type: ignore[assignment]
    __getattr__ = __repr__ = __setattr__ = refuse  # type: ignore[assignment]
    __class__ = __dict__ = property(refuse)  # type: ignore[assignment]

    def __call__(self, *_: object) -> str:
        """Work."""
        return "done"


class Meta(type):
    """The classes of this kind cannot be looked up in a set."""

    __eq__ = __hash__ = __getattribute__ = refuse  # type: ignore[assignment]


class Odd(metaclass=Meta):
    """Of a class that cannot be looked up."""

    def __call__(self, *_: object) -> str:
        """Work."""
        return "done"


MAKERS: dict[str, Callable[[], Callable[..., str]]] = {
    "hostile": lambda: Hostile(),
    "odd": lambda: Odd(),
    "method": lambda: MethodType(Hostile(), 1),
    "mock": lambda: Mock(return_value="done"),
}
"""What makes one of each: pytest would ask the object itself for its name."""
