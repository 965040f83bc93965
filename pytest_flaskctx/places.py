"""Which frame of a stack a reader should be shown: the user's own line."""

from __future__ import annotations

from pytest_flaskctx.facts import Frame, OriginKind, Stack

_FRAMEWORK = ("flask", "werkzeug", "stdlib", "pytest")
_PASSES_ON = ("submit", "map", "start", "apply_async")
_REFINED: tuple[tuple[str, OriginKind], ...] = (
    ("to_thread", "to_thread"),
    ("BaseEventLoop.run_in_executor", "run_in_executor"),
    ("Executor.map", "map"),
)


def acting(stack: Stack) -> Frame | None:
    """Return the innermost frame that is neither Flask's, the standard library's nor pytest's."""
    return next((frame for frame in stack if frame.kind not in _FRAMEWORK), None)


def users(stack: Stack) -> Frame | None:
    """Return the user's innermost frame; where there is none, the one that acted."""
    own = next((frame for frame in stack if frame.kind == "user"), None)
    return own or acting(stack) or (stack[0] if stack else None)


def handing(stack: Stack) -> Frame | None:
    """Return where the user handed over.

    A ``submit`` of the user's own executor that calls ``super().submit`` only passes on; the line
    that called it is the one to show.
    """
    own = [frame for frame in stack if frame.kind == "user"]
    while len(own) > 1 and _passes_on(own[0]):
        own.pop(0)
    return own[0] if own else users(stack)


def _passes_on(frame: Frame) -> bool:
    owner, _, method = frame.function.rpartition(".")
    return bool(owner) and not owner.endswith("<locals>") and method in _PASSES_ON


def mechanism(kind: OriginKind, stack: Stack) -> OriginKind:
    """Return the mechanism that the user used, told by the frames that passed it on."""
    own = [frame for frame in stack if frame.kind == "user"]
    if len(own) > 1 and _passes_on(own[0]) and own[0].function.endswith(".submit"):
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
