"""The end of a run: silent when clean, a few lines when not, everything on demand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from builders import ROOT, finding, frame, site

from pytest_flaskctx.findings import Finding
from pytest_flaskctx.grouping import group
from pytest_flaskctx.reports.summary import full, short
from pytest_flaskctx.rules.allowances import Allowance

UNUSED = Allowance("FCX102", "old\nworker", "ini option flaskctx_allow", "app/*.py", "work")


def sites(count: int) -> list[Finding]:
    return group(finding(site=site(line=line), tests=(f"t{line}",)) for line in range(1, count + 1))


def test_short_is_silent_when_clean() -> None:
    """Nothing is said of nothing, nor of what is allowed, known, expected or a library's."""
    apart = [finding(status=status) for status in ("allowed", "known", "expected", "library")]
    assert short([]) == []
    assert short(apart) == []


def test_short() -> None:
    """Leaks are counted by level and named by line, in 80 columns."""
    groups = group(
        [
            finding(count=3, tests=("a", "b")),
            finding(code="FCX102", rule="unbound-guard", level="warning", site=site(line=3)),
            finding(status="allowed"),
        ]
    )
    lines = short(groups)
    assert lines == [
        "flaskctx: 2 leak sites in 3 tests: 1 error, 1 warning",
        "    error    app.py:15  FCX101 unbound-access: `{incoming}`, 3 times",
        "    warning  app.py:3  FCX102 unbound-guard: `{incoming}`",
        "pytest --flaskctx-report tells each in full.",
    ]


def test_short_tells_new_ones_from_known() -> None:
    """With a baseline, what is counted are those that it does not know."""
    assert short([finding(), finding(status="known")])[0] == (
        "flaskctx: 1 new leak site in 1 test: 1 error"
    )


def test_an_exploration_without_a_verdict_is_no_leak() -> None:
    """It is counted apart, and its reason stands in the place of an expression."""
    undecided = finding(
        code="FCX401",
        rule="request-bleed",
        level="warning",
        message="isolation could not be told: the time ended",
        bleed=None,
    )
    told = (
        "    warning  app.py:15  FCX401 request-bleed: isolation could not be told: the time ended"
    )
    pointer = "pytest --flaskctx-report tells each in full."
    assert short([undecided]) == ["flaskctx: 1 exploration undecided", told, pointer]
    assert short([finding(site=site(line=3)), undecided, undecided])[0] == (
        "flaskctx: 1 leak site in 1 test: 1 error; 2 explorations undecided"
    )


def test_short_names_the_top_sites() -> None:
    """Of many sites the first five are named."""
    lines = short(sites(7))
    assert lines[0] == "flaskctx: 7 leak sites in 7 tests: 7 errors"
    assert lines[6] == "    and 2 more"


def test_site_without_expression() -> None:
    """Where there is no source, the site is named by its line."""
    (_, line, _) = short([finding(site=site(expression=""))])
    assert line == "    error    app.py:15  FCX101 unbound-access"


def test_notes_are_always_said() -> None:
    """What may be missing is said of a clean run, too."""
    note = "worker 'gw1' crashed; findings of its last test may be missing from this report, and all others"
    assert short([], notes=[note]) == [
        "flaskctx: worker 'gw1' crashed; findings of its last test may be missing from",
        "this report, and all others",
    ]
    assert full([], notes=["a\x1bb"], root=ROOT)[-1] == r"flaskctx: a\x1bb"


@pytest.mark.parametrize(("failing", "told"), [(5, False), (6, True)])
def test_how_to_adopt(failing: int, told: bool) -> None:
    """When more than five tests fail through us, the summary says how to begin."""
    for lines in (short(sites(1), failing=failing), full(sites(1), root=ROOT, failing=failing)):
        text = " ".join(lines)
        words = ("--flaskctx=warn", "--flaskctx-baseline=leaks.txt --flaskctx-update-baseline")
        assert [word in text for word in words] == [told] * 2
        assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(
    ("handovers", "words"), [(0, "0 hand-overs"), (1, "1 hand-over"), (2, "2 hand-overs")]
)
def test_full_when_clean(handovers: int, words: str) -> None:
    """A clean run says that it looked."""
    assert full([], root=ROOT, handovers=handovers) == [
        f"flaskctx: no context leaks ({words} observed)"
    ]


def test_full() -> None:
    """Every finding is told in full with its tests, what does not fail under its own heading."""
    groups = group(
        [
            finding(count=2, tests=("a", "b")),
            finding(status="allowed", reason="see ticket 12"),
            finding(status="library"),
            finding(status="expected"),
            finding(status="known"),
        ]
    )
    lines = full(groups, [UNUSED], ["the drain gave up"], root=ROOT)
    assert lines[0] == (
        "flaskctx: 5 leak sites in 3 tests: "
        "1 error, 1 known, 1 allowed, 1 expected by tests, 1 of libraries"
    )
    headings = [line for line in lines if line.startswith("---")]
    assert headings == [
        "--- known: 1 ---",
        "--- allowed: 1 ---",
        "--- expected by tests: 1 ---",
        "--- of libraries: 1 ---",
    ]
    assert sum(line.startswith("FCX101 unbound-access") for line in lines) == 5
    assert lines.index("seen 2 times, in 2 tests:") < lines.index("--- known: 1 ---")
    assert "allowed: see ticket 12" in lines
    assert "in tests/test_app.py::test_leak" in lines
    assert sum(line.strip("_") == " app.py:15 " for line in lines) == 5


def test_unused_allowances() -> None:
    """An allowance that met nothing is named as its author wrote it, and where."""
    lines = full([], [UNUSED], root=ROOT)
    assert lines[1:] == [
        "",
        "allowances that met nothing:",
        r"    FCX102 : app/*.py::work : old\nworker (ini option flaskctx_allow)",
    ]


NOTE = finding(
    code="FCX303",
    rule="outer-context",
    level="note",
    tests=(),
    proxy="",
    handover=None,
    message="they share one `g`",
)


def test_a_note_is_one_line() -> None:
    """It counts as no leak, and says where to read on."""
    assert short([NOTE]) == [
        "flaskctx: note: they share one `g` (FCX303 at app.py:15; --flaskctx-report)"
    ]
    assert short([finding(), NOTE])[0] == "flaskctx: 1 leak site in 1 test: 1 error"


def test_a_note_of_many_places_is_one_line() -> None:
    """The first place is named, the others are counted."""
    notes = group(replace(NOTE, site=site(line=line)) for line in (5, 6, 7))
    assert short(notes[:2]) == [
        "flaskctx: note: they share one `g` (FCX303 at app.py:5 and 1 more place;",
        "--flaskctx-report)",
    ]
    assert "2 more places" in "".join(short(notes))


def test_a_note_of_a_library_names_no_place() -> None:
    """A path into an environment would say less than the message, and be longer."""
    library = replace(NOTE, stack=(frame(102, "push", "/venv/plugin.py", kind="library"),))
    assert short([library]) == ["flaskctx: note: they share one `g` (FCX303; --flaskctx-report)"]


def test_a_note_is_told_in_full_apart_from_leaks() -> None:
    """A run with nothing but notes has no leaks, and no test is said to be over already."""
    late = replace(NOTE, phase="late", count=12)
    lines = full([late], root=ROOT, handovers=3)
    assert lines[:3] == [
        "flaskctx: no context leaks (3 hand-overs observed)",
        "",
        "--- notes: 1 ---",
    ]
    text = "\n".join(lines)
    assert "seen 12 times" in text
    assert "late" not in text
    assert full([finding(), NOTE], root=ROOT)[0] == "flaskctx: 1 leak site in 1 test: 1 error"


def test_a_note_that_is_allowed_is_not_said() -> None:
    """It stands among what is allowed."""
    allowed = replace(NOTE, status="allowed", reason="for now")
    assert short([allowed]) == []
    lines = full([allowed], root=ROOT)
    assert "--- allowed: 1 ---" in lines
    assert "--- notes: 1 ---" not in lines
