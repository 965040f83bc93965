"""Users' objects are looked at without running any code of theirs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import MethodType
from typing import Any
from unittest.mock import Mock

import pytest
from werkzeug.local import LocalProxy

from pytest_flaskctx.unasked import asked_of, attribute_of, module_of, namespace_of


def ask(*_: object) -> Any:
    """Be code of the user's."""
    raise AssertionError("asked")


class Sly:
    """Answers as it likes."""

    kept = 3
    broken = property(ask)
    __dict__ = property(ask)  # type: ignore[assignment]
    __getattr__ = ask
    __bool__ = ask
    __call__ = ask


class Guarded(threading.Thread):
    """Keeps what it has to itself."""

    __dict__ = property(ask)  # type: ignore[assignment]
    __getattr__ = ask


class Meta(type):
    """Its classes answer as they like."""

    __getattribute__ = ask
    __hash__ = ask
    __eq__ = ask


class Made(metaclass=Meta):
    """A class of such a kind."""


def test_the_namespace_is_asked_of_no_code_of_the_users() -> None:
    """Neither a property of that name nor a proxy is looked through."""
    assert namespace_of(Sly()) is None
    assert namespace_of(LocalProxy(ask)) is None
    assert namespace_of(1) is None
    assert namespace_of(Sly)["__doc__"] == "Answers as it likes."
    assert namespace_of(Guarded())["_target"] is None


def test_an_attribute_is_what_an_object_has() -> None:
    """What its class would make up is none, and what fails there is not the caller's affair."""
    assert attribute_of(Sly(), "kept") == 3
    assert attribute_of(Sly(), "broken", "other") == "other"
    assert attribute_of(Sly(), "none") is None
    assert attribute_of(Mock(), "none") is None
    assert attribute_of(Guarded(name="export"), "name") == "export"


def test_a_class_is_asked_by_none_of_its_metaclass() -> None:
    """Whatever that says of attributes."""
    assert asked_of(Made, "__name__") == "Made"


@pytest.mark.parametrize(
    ("function", "module"),
    [
        (ask, __name__),
        (Mock().method, "unittest.mock"),
        (Sly(), __name__),
        (Sly, __name__),
        (logging.getLogger().info, "logging"),
        (MethodType(Sly(), 1), __name__),
        (LocalProxy(ask), "werkzeug.local"),
        (len, "builtins"),
        ([].append, ""),
    ],
    ids=range(9),
)
def test_the_module_is_known_without_asking(function: Callable[..., Any], module: str) -> None:
    """Of a function or a method its own, of anything else that of its class."""
    assert module_of(function) == module
