"""Which frame a reader is shown, and by which mechanism the user handed over."""

from __future__ import annotations

import pytest

from pytest_flaskctx.facts import FileKind, Frame, OriginKind
from pytest_flaskctx.places import acting, handing, mechanism, users


def stack(*frames: tuple[FileKind, str]) -> tuple[Frame, ...]:
    """Return a stack of frames, the innermost first."""
    return tuple(
        Frame(file=f"{kind}.py", line=number, function=function, kind=kind)
        for number, (kind, function) in enumerate(frames, 1)
    )


LIBRARY = stack(("werkzeug", "get"), ("library", "report"), ("user", "view"), ("pytest", "run"))
FRAMEWORK = stack(("stdlib", "run"), ("flask", "dispatch"))


def test_the_users_frame_is_the_innermost_of_theirs() -> None:
    """What libraries do for a line of the user's is that line's."""
    assert users(LIBRARY) == LIBRARY[2]


def test_who_acted_may_be_a_library() -> None:
    """Frameworks act on somebody's behalf; a library acts on its own."""
    assert acting(LIBRARY) == LIBRARY[1]
    assert acting(FRAMEWORK) is None


def test_without_a_user_somebody_is_shown_all_the_same() -> None:
    """The one that acted, else the innermost frame, else nothing."""
    assert users(LIBRARY[:2]) == LIBRARY[1]
    assert users(FRAMEWORK) == FRAMEWORK[0]
    assert users(()) is None


@pytest.mark.parametrize(
    ("frames", "shown"),
    [
        ([("user", "Pool.submit"), ("user", "view")], "view"),
        ([("user", "Pool.submit"), ("user", "Base.submit"), ("user", "view")], "view"),
        ([("user", "submit"), ("user", "view")], "submit"),
        ([("user", "view.<locals>.submit"), ("user", "view")], "view.<locals>.submit"),
        ([("user", "Job.start"), ("stdlib", "x"), ("user", "view")], "view"),
        ([("user", "Pool.submit")], "Pool.submit"),
        ([("user", "Pool.submit"), ("stdlib", "x")], "Pool.submit"),
        ([("user", "Pool.submit"), ("user", "Pool.submit"), ("user", "view")], "view"),
        ([("user", "Orders.submit"), ("flask", "x"), ("user", "test")], "Orders.submit"),
        ([("stdlib", "x"), ("library", "send")], "send"),
    ],
)
def test_who_only_passes_on_did_not_hand_over(
    frames: list[tuple[FileKind, str]], shown: str
) -> None:
    """A method ``submit`` of the user's own executor hides nobody; a function of that name is the user's line."""
    frame = handing(stack(*frames))
    assert frame is not None
    assert frame.function == shown


@pytest.mark.parametrize(
    ("kind", "frames", "told"),
    [
        ("submit", [("user", "view")], "submit"),
        ("submit", [("stdlib", "Executor.map.<locals>.<listcomp>"), ("user", "view")], "map"),
        ("submit", [("stdlib", "BaseEventLoop.run_in_executor"), ("user", "v")], "run_in_executor"),
        (
            "submit",
            [("stdlib", "BaseEventLoop.run_in_executor"), ("stdlib", "to_thread"), ("user", "v")],
            "to_thread",
        ),
        ("submit", [("user", "v"), ("stdlib", "Executor.map")], "submit"),
        ("submit", [("stdlib", "Executor.map")], "map"),
        ("thread", [("stdlib", "Executor.map"), ("user", "v")], "thread"),
        ("thread", [("user", "Executor.submit"), ("user", "v")], "submit"),
        ("thread", [("user", "Job.start"), ("user", "v")], "thread"),
        ("timer", [("user", "v")], "timer"),
    ],
)
def test_the_mechanism_is_the_one_the_user_used(
    kind: OriginKind, frames: list[tuple[FileKind, str]], told: OriginKind
) -> None:
    """A submit is told from the ``map``, the loop or the thread function that made it."""
    assert mechanism(kind, stack(*frames)) == told
