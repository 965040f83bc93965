"""A schedule that bled, as it is told: columns, story, and the line that replays it."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stepping import bleeds

from pytest_flaskctx.findings import Bleed, BleedStep
from pytest_flaskctx.reports.bleeds import columns, lines

FILE = "shop/app.py"
REPLAY = "--flaskctx-replay=1.1.0-0.A3-B.l.5e0c2a9f"
TEST = "tests/test_shop.py::test_profile"


def step(who: str, line: int, source: str, role: Any = "", file: str = FILE) -> BleedStep:
    """Return one step in a view."""
    return BleedStep(who, file, line, "profile", source, role)


STEPS = (
    step("A", 9, "user = name", "writes"),
    step("B", 9, "user = name", "writes"),
    step("B", 10, "log(user)"),
    step("A", 10, "log(user)"),
    step("A", 11, "return user", "reads"),
)


def bleed(**changes: Any) -> Bleed:
    """Return the bleed of a module global."""
    story = Bleed(
        kind="token",
        schedule="A:3 B:*",
        replay="1.1.0-0.A3-B.l.5e0c2a9f",
        seed=TEST,
        tier="guided",
        visits=("visit", "visit"),
        evidence="the body of GET /profile (endpoint 'profile')",
        packed="",
        what="module global",
        holder="shop.app.user",
        steps=STEPS,
        within_line=False,
    )
    return story._replace(**changes)


def test_a_bleed_is_told_in_columns_and_words() -> None:
    """What happened, in time order; where the data lay; what shows it; and how to see it again."""
    story = (
        "A writes at shop/app.py:9, B writes over it at shop/app.py:9, A reads it at "
        "shop/app.py:11 (most likely)"
    )
    assert lines(bleed(), (TEST,), 72) == [
        "      visitor A                         visitor B",
        "      shop/app.py",
        "    >    9 user = name",
        "                                      >    9 user = name",
        "                                          10 log(user)",
        "        10 log(user)",
        "    >   11 return user",
        "",
        story,
        "between them it lay in: module global `shop.app.user`",
        "found by: the body of GET /profile (endpoint 'profile'); schedule A:3 B:*",
        "replay just this schedule:",
        f'    pytest "{TEST}" --flaskctx-replay=1.1.0-0.A3-B.l.5e0c2a9f',
    ]


def test_what_is_not_known_is_not_told() -> None:
    """Neither steps, nor a holder, nor a replay."""
    told = lines(bleed(steps=(), what="", holder="", replay=""), (), 72)
    assert told == ["found by: the body of GET /profile (endpoint 'profile'); schedule A:3 B:*"]


def test_the_way_is_told_in_which_it_was_packed() -> None:
    """And that it takes a switch in the middle of a line."""
    (told,) = lines(
        bleed(steps=(), holder="", replay="", packed="base64", within_line=True), (), 72
    )
    assert told == (
        "found by: the body of GET /profile (endpoint 'profile') (base64); schedule A:3 B:*, "
        "within one line"
    )


def test_a_line_that_only_writes_is_certain() -> None:
    """Only the one that reads is likely."""
    told = lines(bleed(steps=STEPS[:2]), (), 72)
    assert "A writes at shop/app.py:9, B writes over it at shop/app.py:9" in told


def test_a_schedule_that_did_not_show_it_again_is_told_as_that() -> None:
    """Its replay may well say that nothing bled."""
    luck = "run once more, the schedule did not show it: it takes luck, too, such as "
    assert not any(line.startswith(luck) for line in lines(bleed(), (), 72))
    assert any(line.startswith(luck) for line in lines(bleed(steady=False), (), 72))


def test_of_unlike_visits_it_is_told_who_pays_which() -> None:
    """Each in the head of its column."""
    told = columns(bleed(visits=("reads", "writes")), 72)
    assert re.fullmatch(r" +visitor A: reads +visitor B: writes", told[0])


def test_a_line_that_fails_is_told_with_what_was_read_before() -> None:
    """What was only read then is written for the first time."""
    steps = step("A", 8, "if x:", "reads"), STEPS[1], step("A", 9, "del x", "fails")
    assert (
        "A reads it at shop/app.py:8, B writes at shop/app.py:9, A fails at shop/app.py:9 (most likely)"
    ) in lines(bleed(steps=steps), (), 92)
    assert "A fails at shop/app.py:9" in lines(bleed(steps=steps[2:], holder=""), (), 92)


def test_a_line_that_is_run_again_at_once_is_told_once() -> None:
    """Another one comes between, and it is told anew."""
    one, other = STEPS[:2]
    told = lines(bleed(steps=(one, one, other, one)), (), 72)
    at = "at shop/app.py:9"
    assert f"A writes {at}, B writes over it {at}, A writes over it {at}" in told


def test_a_line_of_another_file_is_another_line() -> None:
    """Though it has the same number."""
    here, there = step("A", 9, "x", "writes"), step("A", 9, "x", "writes", "shop/db.py")
    told = lines(bleed(steps=(here, there)), (), 92)
    assert "A writes at shop/app.py:9, A writes over it at shop/db.py:9" in told


def test_a_switch_that_only_a_python_without_a_gil_makes_is_told() -> None:
    """In one sentence, after the schedule."""
    told = lines(bleed(without_gil=True), (), 72)
    assert told[-4].startswith("found by: ")
    assert told[-3] == (
        "a Python that has a GIL makes no switch between these two lines today; one without does, "
        "and so does any, once something is called between them"
    )
    assert not any("GIL" in line for line in lines(bleed(), (), 72))


@pytest.mark.parametrize(
    "test",
    ["t.py::test[$HOME]", "t.py::test[`id`]", "t.py::test[a\\b]", 't.py::test["x"]', "t[it's !]"],
)
def test_a_shell_takes_the_id_of_a_test_as_it_is(test: str) -> None:
    """Nothing in it is the shell's; one without such signs stands in double quotes."""
    quoted = lines(bleed(), (test,), 72)[-1].split(" ", 5)[5].removesuffix(" " + REPLAY)
    assert shlex.split(quoted) == [test]
    assert not quoted.startswith('"')
    assert lines(bleed(), ("t[a b']",), 72)[-1] == f"""    pytest "t[a b']" {REPLAY}"""


def test_a_test_replays_it() -> None:
    """One of those that found it; a place for its name where none is known."""
    assert lines(bleed(), ("b", "c"), 72)[-1].startswith('    pytest "b" --flaskctx-replay=1.')
    assert lines(bleed(), (), 72)[-1].startswith('    pytest "path::test" --flaskctx-replay=1.')


def test_each_file_is_named_where_it_begins() -> None:
    """And again when it comes back."""
    steps = [step("A", number, "x", file=file) for number, file in enumerate(("a", "a", "b", "a"))]
    assert columns(bleed(steps=tuple(steps)), 72) == [
        "      visitor A",
        "      a",
        "         0 x",
        "         1 x",
        "      b",
        "         2 x",
        "      a",
        "         3 x",
    ]


@pytest.mark.parametrize(("width", "shown"), [(72, "a" * 26), (92, "a" * 36), (10, "a" * 16)])
def test_what_is_too_wide_is_cut(width: int, shown: str) -> None:
    """A column of a narrow terminal has its least width all the same."""
    for extra, cut in ((0, shown), (1, f"{shown[:-3]}...")):
        steps = step("A", 7, "a" * (len(shown) + extra)), step("B", 8, "")
        told = columns(bleed(steps=steps), width)
        assert told[2] == f"         7 {cut}"
        assert told[3] == " " * (len(shown) + 17) + "8"


@given(bleeds, st.integers(1, 200))
def test_whatever_bled_can_be_told(bleed: Bleed, width: int) -> None:
    """Each step has a line, and no line is wider than its columns."""
    told = columns(bleed, width)
    names = {each.participant for each in bleed.steps}
    files = [each.file for each in bleed.steps]
    news = sum(a != b for a, b in zip(["", *files], files, strict=False))
    assert len(told) == 1 + len(files) + news
    assert len(lines(bleed, (), width)) >= len(files)
    cells = [line for line in told[1:] if line[6:] not in files]
    assert all(len(each) <= 4 + len(names) * max(24, (width - 4) // len(names)) for each in cells)
