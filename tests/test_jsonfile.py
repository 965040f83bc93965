"""Findings as JSON: nothing is lost on the way, and the file holds what was promised."""

from __future__ import annotations

import json

import pytest
from builders import ROOT, finding, handover, site
from hypothesis import given
from hypothesis import strategies as st
from stepping import bleeds
from strategies import findings

from pytest_flaskctx.facts import ContextFact
from pytest_flaskctx.findings import Bleed, BleedStep, Finding, JsonDict
from pytest_flaskctx.reports.jsonfile import document, from_json, text, to_json

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


def test_the_text_is_indented_and_ends_its_last_line() -> None:
    """The file is read by people, too."""
    assert text({"version": 1}) == '{\n  "version": 1\n}\n'
