"""Which frame of a stack a reader should be shown: the user's own line."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Frame, OriginKind, Stack

FRAMEWORK = ("flask", "werkzeug", "stdlib", "pytest")
"""Whose lines nobody is asked to change, nor shown where there is another."""

_PASSES_ON = ("submit", "map", "start", "apply_async")
_REFINED: tuple[tuple[str, OriginKind], ...] = (
    ("to_thread", "to_thread"),
    ("BaseEventLoop.run_in_executor", "run_in_executor"),
    ("Executor.map", "map"),
)


def acting(stack: Stack) -> Frame | None:
    """Return the innermost frame that is neither Flask's, the standard library's nor pytest's."""
    return next((frame for frame in stack if frame.kind not in FRAMEWORK), None)


def users(stack: Stack) -> Frame | None:
    """Return the user's innermost frame; where there is none, the one that acted."""
    own = next((frame for frame in stack if frame.kind == "user"), None)
    return own or acting(stack) or (stack[0] if stack else None)


def handing(stack: Stack) -> Frame | None:
    """Return where the user handed over.

    A ``submit`` of the user's own executor that calls ``super().submit`` only passes on; the line
    that called it is the one to show. A view of that name was called by Flask: it is the line.
    """
    rest = _from_users(stack)
    while (passed := _passed_on(rest)) is not None:
        rest = passed
    return rest[0] if rest else None


def _from_users(stack: Stack) -> Stack:
    """Return the stack from the user's innermost frame outwards."""
    frame = users(stack)
    return stack[stack.index(frame) :] if frame is not None else ()


def _passed_on(stack: Stack) -> Stack | None:
    """Return the stack from the user's frame on whose behalf the first one only passed work on."""
    owner, _, method = stack[0].function.rpartition(".") if stack else ("", "", "")
    if not owner or owner.endswith("<locals>") or method not in _PASSES_ON:
        return None
    for index, frame in enumerate(stack[1:], 1):
        if frame.kind != "stdlib":
            return stack[index:] if frame.kind == "user" else None
    return None


def mechanism(kind: OriginKind, stack: Stack) -> OriginKind:
    """Return the mechanism that the user used, told by the frames that passed it on."""
    rest = _from_users(stack)
    if _passed_on(rest) is not None and rest[0].function.endswith(".submit"):
        return "submit"
    if kind != "submit":
        return kind
    passing = []
    for frame in stack:
        if frame.kind != "stdlib":
            break
        passing.append(frame.function)
    for function, refined in _REFINED:
        if any(name.startswith(function) for name in passing):
            return refined
    return kind
