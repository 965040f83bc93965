"""A finding as a card."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from builders import POOL, finding, frame, handover, site
from stories import PATCH, bleed, project

from pytest_flaskctx.findings import Finding
from pytest_flaskctx.reports.html.cards import MOST_FRAMES, Card, Cards, Change
from pytest_flaskctx.reports.html.choosing import Leak
from pytest_flaskctx.reports.html.source import Piece
from pytest_flaskctx.reports.telling import tell


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Finding], Card]:
    """Make a card of a finding in the app."""
    root = project(tmp_path)
    monkeypatch.setattr("builders.ROOT", root)

    def made(of: Finding) -> Card:
        tests = {test: number for number, test in enumerate(of.tests)}
        patch = PATCH if of.code == "FCX101" else None
        return Cards(root, lambda _: patch, {1: "scene-3"}, tests).card(Leak(1, of))

    return made


def test_the_words_are_those_of_the_terminal(
    card: Callable[[Finding], Card], tmp_path: Path
) -> None:
    """Nothing is told twice in two ways."""
    of = finding()
    made, told = card(of), tell(of, root=tmp_path, alone=True)
    assert tuple(spot.place for spot in made.places) == told.places
    assert made.why == told.why
    assert [part.block.text for part in made.facts] == list(told.facts)
    assert made.fix[0].block.text == told.fix[0]
    assert (made.finding, made.ids, made.tests, made.scene) == (of, (0,), (), "scene-3")


def test_each_place_has_its_source_and_its_stack(card: Callable[[Finding], Card]) -> None:
    """The frames outside the user's outermost one are counted only."""
    used, handed = card(finding()).places
    assert [line.number for line in used.lines] == [12, 13, 14, 15]
    assert [line.number for line in handed.lines] == [18, 19, 20, 21]
    assert used.frames == ("app.py:15 in process_task  [user]", "and 1 more outside your code")
    assert handed.frames == (
        "app.py:20 in queue_task  [user]",
        "/venv/lib/python3.13/site-packages/flask/app.py:900 in Flask.dispatch_request  [flask]",
        "tests/test_app.py:5 in post_task  [user]",
        "tests/test_app.py:11 in test_leak  [user]",
    )


def test_a_place_may_be_the_only_one(card: Callable[[Finding], Card]) -> None:
    """What was handed over is where it was handed over; and the start of the thread may be known."""
    known = handover()
    of = finding(proxy="", site=known.site, stack=known.origin.stack, handover=known)
    (only,) = card(of).places
    assert only.place.line == 20
    other = handover(stack=(frame(18, "start"),))
    started = other._replace(site=site(line=18))
    three = card(finding(handover=known, started=started)).places
    assert [spot.place.line for spot in three] == [15, 20, 18]
    assert [len(spot.frames) for spot in three] == [2, 4, 1]


def test_a_deep_recursion(card: Callable[[Finding], Card]) -> None:
    """A thousand frames say no more than eighty."""
    of = finding(stack=tuple(frame(15, "process_task") for _ in range(1000)))
    frames = card(of).places[0].frames
    assert len(frames) == MOST_FRAMES + 1
    assert frames[-1] == "and 920 more outside your code"


def test_no_frame_of_the_users(card: Callable[[Finding], Card]) -> None:
    """The innermost one is there."""
    of = finding(stack=(frame(59, "run", POOL, kind="stdlib"),) * 3)
    assert card(of).places[0].frames == (
        f"{POOL}:59 in run  [stdlib]",
        "and 2 more outside your code",
    )


def test_the_fix_has_code_to_copy(card: Callable[[Finding], Card]) -> None:
    """Highlighted, and without its indent."""
    prose, code = card(finding()).fix
    assert (prose.block.code, prose.lines) == (False, ())
    assert (
        code.block.text == "incoming_data = request.json\npool.submit(process_task, incoming_data)"
    )
    assert code.lines[0] == (Piece("incoming_data = request.json", ""),)


def test_the_patch(card: Callable[[Finding], Card]) -> None:
    """Each of its lines is of a kind; where there is none, nothing is shown."""
    changes = card(finding()).patch
    assert [change.kind for change in changes] == ["head"] * 3 + ["", "", "remove", "add", ""]
    assert changes[5] == Change("remove", "-    pool.submit(process_task)")
    assert card(bleed()).patch == ()


def test_a_bleeds_drawing_is_no_fact(card: Callable[[Finding], Card]) -> None:
    """It is a table; the rest is told, with the command to copy."""
    first, *_ = facts = card(bleed()).facts
    assert first.block.text.startswith("A writes at account/leak.py:12, B writes over it")
    assert [fact.lines for fact in facts if fact.block.code] == [()]


def test_many_tests(card: Callable[[Finding], Card]) -> None:
    """More than the facts name are listed apart."""
    tests = tuple(f"tests/test_app.py::test_{n:02}" for n in range(12))
    assert card(finding(tests=tests, count=12)).tests == tests
    assert card(finding(tests=tests[:10], count=10)).tests == ()
