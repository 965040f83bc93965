"""Stacks: cheap to capture, complete when rendered."""

from __future__ import annotations

import sys
from types import CodeType, FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_flaskctx import stacks
from pytest_flaskctx.facts import Frame
from pytest_flaskctx.stacks import MAX_FRAMES, StackRenderer, beneath, stop_at, walk


def render(raw: stacks.RawStack) -> tuple[Frame, ...]:
    """Render everything as the user's."""
    return StackRenderer(lambda file: "user")(raw)


def test_the_frame_beneath_a_walk_is_the_boundary() -> None:
    """Who set up what walks is found there; where nothing ends the walk, nobody is."""
    namespace: dict[str, Any] = {}
    exec("def runner(function): return function()", namespace)
    runner = namespace["runner"]
    stop_at(runner.__code__)
    found = runner(lambda: beneath(sys._getframe()))
    assert found.f_code is runner.__code__
    assert beneath(None) is None


def test_a_walk_goes_from_the_inside_out() -> None:
    """The innermost frame comes first, with the extent of the call that it stands at."""

    def inner() -> stacks.RawStack:
        return walk(sys._getframe())

    def outer() -> stacks.RawStack:
        return inner()

    first, second, third = render(outer())[:3]
    name = "test_a_walk_goes_from_the_inside_out"
    assert [each.function for each in (first, second, third)] == [
        f"{name}.<locals>.inner",
        f"{name}.<locals>.outer",
        name,
    ]
    assert second.file == __file__
    assert (second.column, second.end_column) == (15, 22)
    assert second.first_line == second.line - 1 == second.end_line - 1  # type: ignore[operator]


def test_a_walk_is_bounded() -> None:
    """A recursion without end costs no more than eighty frames."""

    def down(depth: int) -> stacks.RawStack:
        return down(depth - 1) if depth else walk(sys._getframe())

    assert len(down(MAX_FRAMES + 5)) == MAX_FRAMES
    assert walk(None) == ()


def test_a_walk_stops_at_a_boundary(monkeypatch: pytest.MonkeyPatch) -> None:
    """What calls the test function tells nobody anything."""
    monkeypatch.setattr(stacks, "_boundaries", {})

    def boundary() -> stacks.RawStack:
        return inner()

    def inner() -> stacks.RawStack:
        return walk(sys._getframe())

    stop_at(boundary.__code__)
    assert [code for code, _ in boundary()] == [inner.__code__]


def test_our_own_frames_are_left_out() -> None:
    """What this package does on the way is nobody's business."""
    kinds = iter(["flaskctx", "user"])
    renderer = StackRenderer(lambda file: next(kinds))  # type: ignore[arg-type,return-value]
    code = walk(sys._getframe())[0][0]
    assert [frame.line for frame in renderer(((code, 0), (code, 2)))] == [code.co_firstlineno]


def test_each_place_is_rendered_once() -> None:
    """The second time a place is seen it is the same frame."""
    renderer = StackRenderer(lambda file: "user")
    raw = walk(sys._getframe())
    assert all(a is b for a, b in zip(renderer(raw), renderer(raw), strict=True))


@pytest.mark.parametrize("offset", [-1, 10**6])
def test_a_frame_without_columns_stands_at_its_function(offset: int) -> None:
    """Where Python kept no positions, the first line has to do."""
    code = compile("x = 1", "made.py", "exec").replace(co_linetable=b"")
    (frame,) = render(((code, offset),))
    assert (frame.line, frame.column, frame.end_line) == (code.co_firstlineno, None, None)


fields = st.lists(st.sampled_from(["{a}", "{bad!r}", "{a:>{a}}", "text", "ü"]), max_size=5)


class Bad:
    """Gives away where it was asked."""

    def __init__(self) -> None:
        self.frame: Any = None

    def __repr__(self) -> str:
        caller: FrameType = sys._getframe(1)
        self.frame = render(((caller.f_code, caller.f_lasti),))[0]
        return "bad"


@given(fields, fields)
def test_a_replacement_field_is_found_in_any_string(before: list[str], after: list[str]) -> None:
    """Which field of an f-string ran is known on every Python, by extent or by number."""
    from pytest_flaskctx.source import Tree

    before = [each for each in before if "bad" not in each]
    after = [each for each in after if "bad" not in each]
    text = f"value = f'{''.join([*before, '{bad!r}', *after])}'\n"
    bad = Bad()
    code: CodeType = compile(text, "made.py", "exec")
    exec(code, {"a": 9, "bad": bad})
    tree = Tree(text)
    node = tree.node(bad.frame)
    assert node is not None
    assert tree.segment(node).startswith("{bad")
