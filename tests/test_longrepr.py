"""Findings as pytest's failure: colours, styles, sections, and the way through pytest-xdist."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from _pytest._code.code import ReprEntry
from _pytest.reports import TestReport
from builders import APP, ROOT, finding, handover, site

from pytest_flaskctx.findings import Finding
from pytest_flaskctx.reports.jsonfile import to_json
from pytest_flaskctx.reports.longrepr import add_section, leak_longrepr

pytest_plugins = ["pytester"]

# Stands for the plugin: turns a passed test into a leaking one, adds to a failed one.
CONFTEST = """
import json, pytest
from pytest_flaskctx.reports.jsonfile import from_json
from pytest_flaskctx.reports.longrepr import add_section, leak_longrepr

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.when == "call":
        root = item.config.rootpath
        entries = json.loads((root / "found.json").read_text())
        found = [from_json(entry, root) for entry in entries]
        if report.passed:
            style = item.config.option.tbstyle
            report.outcome = "failed"
            report.longrepr = leak_longrepr(found, root=root, tbstyle=style)
        else:
            report.longrepr = add_section(report.longrepr, found, root=root)
    return report
"""

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr("builders.ROOT", pytester.path)
    pytester.makeini("[pytest]")
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(app=APP, test_it="def test_leak():\n    pass\n")

    def started(*arguments: str, found: tuple[Finding, ...] = ()) -> pytest.RunResult:
        entries = [to_json(each, pytester.path) for each in found or (finding(),)]
        (pytester.path / "found.json").write_text(json.dumps(entries), encoding="utf-8")
        return pytester.runpytest("-p", "no:flaskctx", "-p", "no:cacheprovider", *arguments)

    return started


STORY = [
    "____* test_leak *____",
    "app.py:15: in process_task, thread 'ThreadPoolExecutor-0_0'",
    "E   FCX101 unbound-access: `request` used in thread 'ThreadPoolExecutor-0_0',",
    "E   which has no request context",
    "",
    "used here:",
    "    incoming = request",
    "    time.sleep(3)",
    '>   return f"Processed {incoming}"',
    "                       ^^^^^^^^^^",
    "",
    "handed over here, by submit(), while serving POST /task (endpoint 'queue_task'):",
    "app.py:20: in queue_task",
    ">   pool.submit(process_task)",
    "    ^^^^^^^^^^^^^^^^^^^^^^^^^",
    "    called from tests/test_app.py:5 in post_task",
    "    called from tests/test_app.py:11 in test_leak",
    "",
    "why: Flask's proxies find only what their own thread pushed, a new thread has",
    "nothing, and the error stays in a Future or a log where no test looks.",
    "",
    "fix: Read what the task needs in queue_task, while the request is there, and",
    "pass it:",
    "",
    "    incoming_data = request.json",
    "    pool.submit(process_task, incoming_data)",
    "",
    "more: pytest --flaskctx-explain FCX101",
    "=*= short test summary info =*=",
    "FAILED test_it.py::test_leak - FCX101 unbound-access: `request`*",
]


@pytest.mark.parametrize("style", ["auto", "long"])
def test_story(run: Run, style: str) -> None:
    """The failure shows the places, the request and the fix, line for line."""
    result = run(f"--tb={style}")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(STORY, consecutive=True)


def test_through_xdist(run: Run) -> None:
    """A worker's failure reads the same in the controller."""
    pytest.importorskip("xdist")
    result = run("-n", "2")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([*STORY[1:-1], STORY[-1]], consecutive=False)


def test_short(run: Run) -> None:
    """``--tb=short`` shows one line of source a place."""
    result = run("--tb=short")
    result.stdout.fnmatch_lines(
        ["app.py:15: in process_task*", "E   FCX101 *", "used here:", ">   return f*"]
    )
    result.stdout.no_fnmatch_line("    time.sleep(3)")


def test_line(run: Run, pytester: pytest.Pytester) -> None:
    """``--tb=line`` shows the line of the leak, and what is wrong."""
    result = run("--tb=line")
    result.stdout.fnmatch_lines([f"{pytester.path / 'app.py'}:15: FCX101 unbound-access: *"])
    result.stdout.no_fnmatch_line("used here:*")


def test_no(run: Run, pytester: pytest.Pytester) -> None:
    """``--tb=no`` shows nothing but the summary; JUnit's file has it all."""
    result = run("--tb=no", "--junitxml=out.xml")
    result.stdout.no_fnmatch_line("*used here*")
    failure = ET.parse(pytester.path / "out.xml").find(".//failure")
    assert failure is not None
    assert "pool.submit(process_task, incoming_data)" in str(failure.text)
    assert failure.attrib["message"].startswith("FCX101 unbound-access: ")


def test_native(run: Run) -> None:
    """``--tb=native`` shows everything as plain text."""
    result = run("--tb=native")
    result.stdout.fnmatch_lines(
        ["FCX101 unbound-access: *", "has no request context", "", "used here:"], consecutive=True
    )


def test_colours(run: Run) -> None:
    """The title and the files are red, prose is not."""
    lines = run("--color=yes").stdout.lines
    assert "\x1b[1m\x1b[31mE   which has no request context\x1b[0m" in lines
    assert "used here:" in lines
    assert "more: pytest --flaskctx-explain FCX101" in lines
    (location,) = (line for line in lines if "in process_task, thread" in line)
    assert location.startswith("\x1b[1m\x1b[31mapp.py\x1b[0m:15: in process_task")


def test_source_is_highlighted(run: Run) -> None:
    """Source is highlighted as Python, where pytest can; the mark and the words above are not."""
    pytest.importorskip("pygments", reason="before 8.4 pytest did without it")
    lines = run("--color=yes").stdout.lines
    assert any(line.startswith(">   ") and "\x1b[94mreturn\x1b[39" in line for line in lines)
    assert "handed over here, by submit(), while serving POST" in "\n".join(lines)


def test_no_colours(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """``NO_COLOR`` holds for us, too."""
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run().stdout.str()


def test_several(run: Run) -> None:
    """Several leaks are all told, those of one site once, the most certain first."""
    warning = finding(code="FCX102", rule="unbound-guard", level="warning", site=site(line=13))
    result = run(found=(warning, finding(), finding()))
    result.stdout.fnmatch_lines(
        [
            "E   FCX101 unbound-access: *",
            "seen 2 times",
            "more: pytest --flaskctx-explain FCX101",
            "",
            "E   FCX102 unbound-guard: *",
        ]
    )


def test_several_are_counted_in_the_headline() -> None:
    """The one line of several leaks says how many there are."""
    repr_ = leak_longrepr([finding(), finding(site=site(line=1))], root=ROOT)
    assert repr_.reprcrash is not None
    assert repr_.reprcrash.message.endswith("(at app.py:1, handed over at app.py:20) [and 1 more]")


def test_own_failure_stays_first(run: Run, pytester: pytest.Pytester) -> None:
    """Where the test fails by itself, its error comes first and the leak is a section of it."""
    pytester.makepyfile(test_it="def test_leak():\n    assert 1 == 2\n")
    result = run()
    result.stdout.fnmatch_lines(
        [
            "E       assert 1 == 2",
            "-* flaskctx: the test leaked a context, too *-",
            "FCX101 unbound-access: *",
            "more: pytest --flaskctx-explain FCX101",
            "FAILED test_it.py::test_leak - assert 1 == 2",
        ]
    )


def test_section_through_xdist(run: Run, pytester: pytest.Pytester) -> None:
    """The section comes through pytest-xdist with the error that it belongs to."""
    pytest.importorskip("xdist")
    pytester.makepyfile(test_it="def test_leak():\n    assert 1 == 2\n")
    result = run("-n", "2")
    result.stdout.fnmatch_lines(["E       assert 1 == 2", "-* flaskctx: *-", "FCX101 unbound-*"])


@pytest.mark.parametrize("longrepr", [None, ""])
def test_section_of_nothing(longrepr: Any) -> None:
    """Without an error to add to, the text of the findings is the representation."""
    assert add_section(longrepr, [finding()], root=ROOT).startswith("FCX101 unbound-access: ")


def test_section_of_a_string() -> None:
    """An error that is only a string keeps its text, ours below it."""
    whole = add_section("own error", [finding()], root=ROOT).splitlines()
    assert whole[0] == "own error"
    assert "flaskctx: the test leaked a context, too" in whole[1]
    assert whole[2].startswith("FCX101 unbound-access: ")


@pytest.mark.parametrize("style", ["auto", "short", "line", "native", "no"])
def test_serialization(style: str) -> None:
    """A report with our representation is the same after pytest's own serialization."""
    longrepr = leak_longrepr([finding()], root=ROOT, tbstyle=style)
    report = TestReport("a", ("a", 1, "a"), {}, "failed", longrepr, "call")
    data = json.loads(json.dumps(report._to_json()))
    again = TestReport._from_json(data)
    assert again.longreprtext == report.longreprtext
    assert str(again.longrepr.reprcrash) == str(longrepr.reprcrash)  # type: ignore[union-attr]


def test_crash_is_at_the_leak() -> None:
    """What annotates a failure finds the leak's own file and line."""
    crash = leak_longrepr([finding()], root=Path("/project")).reprcrash
    assert crash is not None
    assert (crash.path, crash.lineno) == (str(Path("/project/app.py")), 15)


def located(found: Finding, **how: Any) -> list[str | None]:
    """Return where each entry with source or title says that it is."""
    entries = leak_longrepr([found], root=ROOT, **how).reprtraceback.reprentries
    kept = [entry for entry in entries if isinstance(entry, ReprEntry)]
    return [
        f"{entry.reprfileloc.path}:{entry.reprfileloc.lineno}" if entry.reprfileloc else None
        for entry in kept
    ]


@pytest.mark.parametrize("style", ["auto", "short", "line", "no"])
def test_the_first_entry_is_at_the_leak(style: str) -> None:
    """What annotates failures takes its place from there; it is not told twice."""
    expected = ["app.py:15", None, "app.py:20"]
    assert located(finding(), tbstyle=style) == expected[: 1 if style == "line" else None]


@pytest.mark.parametrize(
    ("file", "start", "shown"),
    [
        ("app.py", ROOT, "app.py"),
        ("app.py", ROOT / "tests", str(Path("..", "app.py"))),
        ("app.py", ROOT.parent, str(Path(ROOT.name, "app.py"))),
        ("<string>", ROOT / "tests", "<string>"),
        ("a\nb.py", ROOT, "a\\nb.py"),
    ],
)
def test_the_first_entry_is_seen_from_where_pytest_was_started(
    file: str, start: Path, shown: str
) -> None:
    """As pytest's own failures are; what is no file is named as it is."""
    first, *_ = located(finding(site=site(file=file)), start=start)
    assert first == f"{shown}:15"


@pytest.mark.parametrize(
    ("found", "elsewhere"),
    [
        (finding(site=site(file="<unknown>", line=0)), ["<unknown>:0", "app.py:20"]),
        (finding(stack=handover().origin.stack), ["app.py:20"]),
        (finding(handover=handover()._replace(site=None), stack=handover().origin.stack), []),
    ],
    ids=["no line", "another place is told first", "no place is told"],
)
def test_a_leak_without_a_place_of_its_own(found: Finding, elsewhere: list[str]) -> None:
    """The title has no location where none is told of first; the others keep theirs."""
    assert located(found) == [None, *elsewhere]
