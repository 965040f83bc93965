"""Which tests are drawn, and in which order."""

from __future__ import annotations

import pytest
from builders import finding, site
from stories import TEST, after_request, bleed, never, readme

from pytest_flaskctx.findings import BleedStep, Finding
from pytest_flaskctx.reports.html import scenes as module
from pytest_flaskctx.reports.html.choosing import Leak
from pytest_flaskctx.reports.html.scenes import scenes, schedule


def leaks(*findings: Finding) -> list[Leak]:
    return [Leak(number, finding) for number, finding in enumerate(findings, 1)]


def test_the_worst_comes_first() -> None:
    """Of tests that show the same worst finding, the one that shows more of them."""
    first, second, third = finding(), bleed(), after_request()
    found = scenes(leaks(first, second, third), [readme(first), never(first)])
    assert [(scene.anchor, scene.test) for scene in found] == [
        ("scene-1", "tests/test_app.py::test_waiting"),
        ("scene-2", TEST),
        ("scene-3", "account/test_account.py::test_leak"),
    ]
    assert [bool(scene.picture) for scene in found] == [True, True, False]
    assert [len(scene.captions) for scene in found] == [2, 1, 1]
    assert found[2].captions[0].text == f"{second.message}."


def test_without_timelines() -> None:
    """A bleed has its schedule; other findings have no scene."""
    (only,) = scenes(leaks(finding(), bleed()), [])
    assert only.schedule is not None
    assert scenes(leaks(finding()), []) == []


def test_a_bleed_of_no_test() -> None:
    """Without pytest there is no id."""
    found = finding(code="FCX401", bleed=bleed().bleed, tests=())
    assert scenes(leaks(found), [])[0].test == ""
    assert found.bleed is not None
    bare = finding(code="FCX401", bleed=found.bleed._replace(steps=()))
    assert scenes(leaks(bare), []) == []


def test_the_mark_is_of_the_finding_that_names_the_test() -> None:
    """A line that leaks twice in one function has two findings of one fingerprint."""
    other = finding(tests=("another",), site=site(line=14))
    third = finding(site=site(line=16))
    found = scenes(leaks(other, finding(), third), [readme(finding())])
    assert found[0].captions[0].leak.number == 2


def test_what_shows_nothing_new_is_drawn_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five hundred tests of one leak are not five hundred drawings; each finding has one."""
    monkeypatch.setattr(module, "MOST_SCENES", 2)
    first, second = finding(), after_request()
    lines = [readme(first, test=f"test_{n}") for n in range(9)]
    last = readme(second, test="test_other")
    found = scenes(leaks(first, second), [*lines, last])
    assert [scene.test for scene in found] == ["test_0", "test_1", "test_2", "test_other"]


def test_what_was_not_kept_is_told() -> None:
    """The recorder bounds what it keeps of a test."""
    assert scenes(leaks(finding()), [readme(finding(), left_out=9)])[0].left_out == 9


def test_a_schedule() -> None:
    """A column a visitor, a row a step."""
    story = bleed().bleed
    assert story is not None
    made = schedule(story)
    assert made.heads == ("visitor A", "visitor B")
    assert [row.column for row in made.rows] == [0, 0, 1, 1, 1, 0]
    assert [row.step for row in made.rows] == list(story.steps)


def test_a_long_schedule() -> None:
    """Of a thousand steps those around what matters are shown, and how many are not."""
    story = bleed().bleed
    assert story is not None
    plain = BleedStep("A", "a.py", 1, "f", "x", "")
    steps = (*[plain] * 400, plain._replace(role="writes"), *[plain] * 599)
    rows = schedule(story._replace(steps=steps)).rows
    assert [row.left_out for row in rows] == [0, 396, *[0] * 7, 595, 0]
    assert [row.step.role for row in rows if row.step and row.step.role] == ["writes"]
