"""Reading what a test asks of ``flask_ctx_isolation``: whatever cannot be meant is named."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from inspect import isasyncgenfunction, iscoroutinefunction
from typing import Any

from pytest_flaskctx.flasknames import is_application
from pytest_flaskctx.isolation.isolating import Asked
from pytest_flaskctx.isolation.oracle import steps_of
from pytest_flaskctx.isolation.schedules import LETTERS
from pytest_flaskctx.settings import SettingsError
from pytest_flaskctx.unasked import asked_of

WHERE = "flask_ctx_isolation"


def asked(
    visits: Sequence[object],
    *,
    app: object,
    copies: object,
    oracle: object,
    expect: object,
    shared: object,
    reset: object,
    max_schedules: object,
    max_seconds: object,
    seed: str,
) -> Asked:
    """Return what is asked for, checked; the arguments are those of the fixture.

    Raises:
        SettingsError: an argument cannot be meant; the message names it.
    """
    if not visits:
        raise SettingsError(f"{WHERE}: no visit is given; give functions visit(client, token)")
    for visit in visits:
        if not callable(visit) or _is_async(visit):
            raise _wrong("visits", visit, "functions visit(client, token)")
    if len(visits) > len(LETTERS):
        raise SettingsError(
            f"{WHERE}: {len(visits)} visits are too many; give {len(LETTERS)} at most"
        )
    if not (is_application(app) or callable(app)):
        raise _wrong("app", app, "a Flask application, or a factory of one without arguments")
    if oracle not in ("token", "serial"):
        raise _wrong("oracle", oracle, "'token' or 'serial'")
    return Asked(
        visits=tuple(visits),  # type: ignore[arg-type]
        app=app,
        copies=_count("copies", copies, 2, len(LETTERS)),
        oracle=oracle,
        expect=_function("expect", expect, "(response, token)"),
        shared=_shared(shared),
        reset=_function("reset", reset, "()"),
        max_schedules=_count("max_schedules", max_schedules, 1, 1_000_000),
        max_seconds=_seconds(max_seconds),
        # What no text can hold, no hash can be made of.
        seed=seed.encode(errors="backslashreplace").decode(),
    )


def _is_async(visit: Any) -> bool:
    """Whether a call of ``visit`` makes what somebody would have to await."""
    called = (visit, asked_of(type(visit), "__call__"))
    return any(iscoroutinefunction(each) or isasyncgenfunction(each) for each in called)


def _wrong(name: str, value: object, allowed: str) -> SettingsError:
    return SettingsError(f"{WHERE}({name}=): {value!r} is not possible; give {allowed}")


def _count(name: str, value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise _wrong(name, value, f"a number from {least} to {most}")
    return value


def _seconds(value: object) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 < value < 1e6:
        raise _wrong("max_seconds", value, "seconds, more than 0, such as 2.5")
    return float(value)


def _function(name: str, value: object, arguments: str) -> Callable[..., Any] | None:
    if value is not None and not callable(value):
        raise _wrong(name, value, f"a function {name}{arguments}")
    return value


def _shared(value: object) -> tuple[Any, ...]:
    several = value if isinstance(value, (list, tuple)) else () if value is None else (value,)
    for each in several:
        if isinstance(each, str) and each.startswith("$"):
            try:
                steps_of(each)
            except ValueError as error:
                raise _wrong("shared", each, f"a JSON path: {error}") from None
        elif isinstance(each, str):
            try:
                re.compile(each)
            except re.error as error:
                raise _wrong("shared", each, f"a regular expression: {error}") from None
        elif not callable(each) and not (
            isinstance(each, re.Pattern) and isinstance(each.pattern, str)
        ):
            raise _wrong(
                "shared",
                each,
                "a regular expression, a JSON path that begins with '$', or a function",
            )
    return tuple(several)
