"""The line that replays one schedule."""

from __future__ import annotations

import re
from pathlib import Path
from types import CodeType
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stepping import ran

from pytest_flaskctx.isolation.replaying import SHAPE, Grain, Replay, digest, read
from pytest_flaskctx.isolation.runs import Run
from pytest_flaskctx.isolation.schedules import Entry, schedule
from pytest_flaskctx.isolation.turns import Point


@st.composite
def replays(draw: st.DrawFn) -> Replay:
    """Return any that can be written."""
    group = draw(st.lists(st.integers(0, 99), min_size=2, max_size=26))
    who = st.integers(0, len(group) - 1)
    entries = st.lists(st.builds(Entry, who, st.none() | st.integers(0, 10**6)), min_size=1)
    return Replay(
        draw(st.integers(0, 99)),
        tuple(group),
        tuple(draw(entries)),
        draw(st.sampled_from(get_args(Grain))),
        draw(st.text("0123456789abcdef", min_size=8, max_size=8)),
    )


@given(replays())
def test_what_is_written_can_be_read(replay: Replay) -> None:
    """It fits into one word of a command line."""
    text = str(replay)
    assert re.fullmatch(r"[\w.-]+", text)
    assert read(text) == replay


def test_each_part_has_its_place() -> None:
    """Call, visits, schedule, grain and digest, after the version."""
    made = Replay(1, (0, 0), schedule((0, 3), (1, None)), grain="l", digest="5e0c2a9f")
    assert str(made) == SHAPE
    assert str(made._replace(call=2, group=(3, 10), grain="s")) == "1.2.3-10.A3-B.s.5e0c2a9f"


def test_the_first_point_is_written() -> None:
    """It is no end."""
    made = Replay(1, (0, 0), schedule((0, 0), (1, None)), grain="l", digest="5e0c2a9f")
    assert str(made) == "1.1.0-0.A0-B.l.5e0c2a9f"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A:3 B:*",
        "2.1.0-0.A3-B.l.5e0c2a9f",
        "1.1.0.A3.l.5e0c2a9f",
        "1.1.0-0..l.5e0c2a9f",
        "1.1.0-0.A3-b.l.5e0c2a9f",
        "1.1.0-0.A3-B.x.5e0c2a9f",
        "1.1.0-0.A3-B.l.5e0c2a9",
        "1.1.0-0.A3-B.l.5e0c2a9f.",
        "1.1.0-0.A3-B.l.5E0C2A9F",
    ],
)
def test_what_tells_nothing_is_refused(text: str) -> None:
    """With the shape of what does."""
    with pytest.raises(
        ValueError, match=f"^{re.escape(repr(text))} is nothing to replay; it looks"
    ):
        read(text)


def test_there_is_a_visit_for_each_participant() -> None:
    """A schedule that names more of them fits nothing."""
    with pytest.raises(ValueError, match="names more participants than visits"):
        read("1.1.0-0.A3-C.l.5e0c2a9f")


def code_in(file: Path) -> CodeType:
    """Return code that stands in ``file``."""
    return compile("", str(file), "exec")


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """Four lines, of which two differ in their indentation only."""
    file = tmp_path / "app.py"
    file.write_text("one\ntwo\n    two\nthree\n")
    return file


def passed(file: Path, *steps: tuple[int, int]) -> Run:
    """Return a run in which participants passed these lines."""
    return ran(points=tuple(Point(who, code_in(file), line) for who, line in steps))


def test_a_digest_tells_lines_by_their_text(app: Path, tmp_path: Path) -> None:
    """Numbers, order, indentation and how often they were run do not matter."""
    told = digest(passed(app, (0, 1), (0, 2), (1, 4)))
    assert re.fullmatch("[0-9a-f]{8}", told)
    assert digest(passed(app, (1, 4), (0, 3), (0, 1), (0, 2), (0, 1))) == told
    moved = tmp_path / "moved.py"
    moved.write_text("\n\none\ntwo\nthree\n")
    assert digest(passed(moved, (0, 3), (0, 4), (1, 5))) == told


def test_a_digest_tells_other_lines_from_these(app: Path) -> None:
    """A line less, another line, and another participant's line."""
    others = [[(0, 1)], [(0, 1), (0, 4)], [(0, 1), (1, 2)], [(0, 1), (0, 2)], []]
    assert len({digest(passed(app, *each)) for each in others}) == len(others)


def test_a_digest_is_the_same_on_each_machine(app: Path) -> None:
    """Nothing but the text is in it."""
    assert digest(passed(app, (0, 1), (1, 2))) == "a633451a"
