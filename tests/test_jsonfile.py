"""Findings as JSON: nothing is lost on the way, and the file holds what was promised."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from builders import ROOT, finding, handover, site
from hypothesis import given
from hypothesis import strategies as st
from stepping import bleeds
from strategies import findings

from pytest_flaskctx.facts import ContextFact
from pytest_flaskctx.findings import Bleed, BleedStep, Finding, JsonDict
from pytest_flaskctx.reports.jsonfile import document, from_json, to_json, write

ENTRY_KEYS = {
    "code",
    "rule",
    "level",
    "status",
    "allowed",
    "tests",
    "phase",
    "proxy",
    "expression",
    "file",
    "line",
    "column",
    "end_column",
    "function",
    "thread",
    "process",
    "stack",
    "origin",
    "request",
    "context",
    "bleed",
    "message",
    "hint",
    "patch",
    "count",
    "fingerprint",
}
ORIGIN_KEYS = {
    "kind",
    "file",
    "line",
    "function",
    "expression",
    "thread",
    "stack",
    "origin",
}
CONTEXT_KEYS = {
    "method",
    "rule",
    "endpoint",
    "owner_thread",
    "over",
}


def entries(*found: Finding) -> list[JsonDict]:
    whole = document(found, tool={}, summary={}, root=ROOT)
    return list(whole["findings"])


@given(findings)
def test_round_trip(original: Finding) -> None:
    """Whatever a finding holds, it is the same after its way through JSON."""
    text = json.dumps(to_json(original, ROOT))
    assert from_json(json.loads(text), ROOT) == original


@given(bleeds)
def test_round_trip_of_a_bleed(bleed: Bleed) -> None:
    """How data came from one request to another is the same after its way through JSON, too."""
    original = finding(bleed=bleed)
    text = json.dumps(to_json(original, ROOT))
    assert from_json(json.loads(text), ROOT) == original


@given(bleeds)
def test_a_bleed_is_in_the_file_as_it_is(bleed: Bleed) -> None:
    """Each of its fields has a key, and each of its steps is an object."""
    (entry,) = entries(finding(bleed=bleed))
    told = entry["bleed"]
    assert set(told) == set(Bleed._fields)
    assert [BleedStep(**step) for step in told["steps"]] == list(bleed.steps)
    assert Bleed(**told | {"steps": bleed.steps, "visits": tuple(told["visits"])}) == bleed


def test_a_finding_that_is_no_bleed_has_none() -> None:
    """The key is there all the same."""
    (entry,) = entries(finding())
    assert entry["bleed"] is None


@given(st.lists(findings, max_size=4))
def test_document_is_json(found: list[Finding]) -> None:
    """Any findings make a file that can be read again."""
    whole = document(found, tool={}, summary={}, root=ROOT)
    assert json.loads(json.dumps(whole)) == whole


def test_entry_has_the_promised_keys() -> None:
    """An entry of the file has the keys of version 1 and no others, at every depth."""
    context = ContextFact(None, "MainThread", False, True, False, False)
    (entry,) = entries(finding(context=context, handover=handover(parent=handover("thread"))))
    assert set(entry) == ENTRY_KEYS
    assert set(entry["origin"]) == ORIGIN_KEYS
    assert set(entry["origin"]["origin"]) == ORIGIN_KEYS
    assert set(entry["context"]) == CONTEXT_KEYS
    assert set(entry["request"]) == {"method", "rule", "endpoint"}
    assert set(entry["stack"][0]) == {"file", "line", "function", "kind"}


def test_entry_tells_the_story() -> None:
    """The three places of a leak stand in its entry, with paths relative to the root."""
    (entry,) = entries(finding())
    assert (entry["file"], entry["line"], entry["expression"]) == ("app.py", 15, "{incoming}")
    assert entry["origin"]["expression"] == "pool.submit(process_task)"
    assert entry["request"] == {"method": "POST", "rule": "/task", "endpoint": "queue_task"}
    assert entry["origin"]["stack"][-1]["file"] == "tests/test_app.py"
    assert entry["bleed"] is None
    assert entry["patch"] is None


def test_bare_context_has_no_request() -> None:
    """A context outside any request is written without method, rule and endpoint."""
    (entry,) = entries(finding(context=ContextFact(None, "Worker", True, False, True, False)))
    assert entry["context"] == {
        "method": None,
        "rule": None,
        "endpoint": None,
        "owner_thread": "Worker",
        "over": False,
    }


@pytest.mark.parametrize(("status", "allowed"), [("allowed", True), ("new", False)])
def test_allowed(status: str, allowed: bool) -> None:
    """``allowed`` says whether an allowance is why it does not fail."""
    (entry,) = entries(finding(status=status))
    assert entry["allowed"] is allowed


def test_document_has_one_entry_a_site() -> None:
    """The same leak in several tests is one entry with their tests and the sum of their counts."""
    (entry,) = entries(finding(tests=("b",), count=2), finding(tests=("a",), count=3))
    assert entry["tests"] == ["a", "b"]
    assert entry["count"] == 5


def test_document_is_sorted() -> None:
    """Entries are sorted by file, line and rule, whatever the order in which they came."""
    places = [("b.py", 1, "FCX101"), ("a.py", 9, "FCX901"), ("a.py", 9, "FCX101"), ("a.py", 2, "X")]
    found = [finding(site=site(file=file, line=line), code=code) for file, line, code in places]
    got = [(entry["file"], entry["line"], entry["code"]) for entry in entries(*found)]
    assert got == sorted(places)


def test_document_carries_tool_and_summary() -> None:
    """Who found it, and the numbers of the run, stand at the head of the file."""
    whole = document([], tool={"name": "x"}, summary={"tests": 1}, root=ROOT)
    assert whole == {
        "version": 1,
        "tool": {"name": "x"},
        "summary": {"tests": 1},
        "findings": [],
    }


def test_write_makes_folders(tmp_path: Path) -> None:
    """The file's folders are made, and nothing but the file lies there."""
    target = tmp_path / "deep" / "down" / "out.json"
    write(target, {"version": 1})
    assert json.loads(target.read_text(encoding="utf-8")) == {"version": 1}
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_write_is_private(tmp_path: Path) -> None:
    """Only its owner can read the file, whatever stood there before."""
    target = tmp_path / "out.json"
    target.touch(mode=0o644)
    write(target, {})
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_write_keeps_the_old_file_when_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be written leaves the old file whole and no temporary one behind."""
    target = tmp_path / "out.json"
    target.write_text("old", encoding="utf-8")

    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write(target, {})
    assert target.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_write_to_a_folder_is_an_error(tmp_path: Path) -> None:
    """A path that cannot be a file is the caller's OSError, and leaves nothing behind."""
    with pytest.raises((IsADirectoryError, PermissionError)):
        write(tmp_path, {})
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not hasattr(os, "symlink") or os.name == "nt", reason="needs links")
def test_write_goes_through_a_link(tmp_path: Path) -> None:
    """A link stays a link; its target gets the content."""
    link, target = tmp_path / "link.json", tmp_path / "target.json"
    link.symlink_to(target)
    write(link, {"version": 1})
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8") == '{\n  "version": 1\n}\n'


@pytest.mark.skipif(not Path("/dev/null").exists(), reason="needs a device")
def test_write_to_a_device(tmp_path: Path) -> None:
    """A device is written to, not replaced by a file."""
    write(Path("/dev/null"), {})
    assert not Path("/dev/null").is_file()
