"""The schema of the JSON report: what is written fits it, and what does not fit is refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from typing import Any, get_args, get_type_hints

import pytest
from builders import ROOT, finding, frame, handover
from hypothesis import given
from hypothesis import strategies as st
from stepping import bleeds
from strategies import findings
from validating import DOCS, faults, validator

from pytest_flaskctx.facts import ContextFact, FileKind, OriginKind
from pytest_flaskctx.findings import Bleed, BleedStep, Finding, JsonDict, Level, Status
from pytest_flaskctx.reports.jsonfile import document

SCHEMA = validator(DOCS / "flaskctx-report.schema.json")
TOOL = {
    "name": "pytest-flaskctx",
    "version": "0.1.0",
    "python": "3.13.0",
    "flask": "3.1.3",
    "disabled_probes": ["waits"],
}
SUMMARY = dict.fromkeys(("findings", "accesses", "handovers", "tests", "observed_accesses"), 1)
STEP = BleedStep("A", "app.py", 12, "load_user", "user = 1", "writes")
BLEED = Bleed(
    "token", "A:1 B:*", "1.1.0", "", "prefix", ("a", "b"), "the body", "", "", "", (STEP,), False
)


def report(*found: Finding) -> JsonDict:
    """Return a whole document."""
    return document(found, tool=TOOL, summary=SUMMARY, root=ROOT)


def full() -> JsonDict:
    """Return a document in which nothing is null that may hold something."""
    return report(
        finding(
            context=ContextFact(finding().request, "MainThread", False, True, False, False),
            handover=handover(parent=handover("thread")),
            bleed=BLEED,
            stack=(frame(15, "process_task"),),
        )
    )


@given(st.lists(findings, max_size=4))
def test_any_findings_fit(found: list[Finding]) -> None:
    """Whatever findings hold, their document is one of this schema."""
    assert faults(report(*found), SCHEMA) == []


@given(st.lists(bleeds, max_size=2))
def test_any_bleeds_fit(found: list[Bleed]) -> None:
    """So are those of the isolation fixture."""
    assert faults(report(*(finding(code="FCX401", bleed=each) for each in found)), SCHEMA) == []


def test_a_real_run_fits(pytester: pytest.Pytester) -> None:
    """The file that a run writes is one of this schema: with a hand-over, a context, a bleed."""
    pytester.makepyfile(
        """
        from concurrent.futures import ThreadPoolExecutor
        from flask import Flask, copy_current_request_context, request
        import pytest

        app = Flask(__name__)
        pool = ThreadPoolExecutor(1)
        shown = ""

        @app.get("/leak")
        def leak():
            pool.submit(lambda: pool.submit(lambda: request.path))
            return "queued"

        @app.get("/show/<name>")
        def show(name):
            global shown
            shown = name
            return shown

        def test_leak():
            app.test_client().get("/leak")

        def test_left():
            app.test_request_context("/leak").push()

        def test_bleed(flask_ctx_isolation):
            flask_ctx_isolation(lambda client, token: client.get(f"/show/{token}"), app=app)
        """
    )
    pytester.runpytest_subprocess("--flaskctx=strict", "--flaskctx-json=out.json")
    written = json.loads((pytester.path / "out.json").read_text(encoding="utf-8"))
    assert faults(written, SCHEMA) == []
    assert {entry["code"] for entry in written["findings"]} == {"FCX101", "FCX301", "FCX401"}
    assert any(entry["origin"] and entry["origin"]["origin"] for entry in written["findings"])
    assert any(entry["bleed"] and entry["bleed"]["steps"] for entry in written["findings"])


def objects(schema: JsonDict) -> Iterator[tuple[str, JsonDict]]:
    """Yield each object that the schema describes, with its name."""
    yield "document", schema
    yield from ((name, each) for name, each in schema["$defs"].items() if name != "stack")


def written() -> dict[str, JsonDict]:
    """Return one of each object as it is written, by the schema's name for it."""
    whole = full()
    (entry,) = whole["findings"]
    return {
        "document": whole,
        "tool": whole["tool"],
        "summary": whole["summary"],
        "finding": entry,
        "frame": entry["stack"][0],
        "origin": entry["origin"],
        "request": entry["request"],
        "context": entry["context"],
        "bleed": entry["bleed"],
        "step": entry["bleed"]["steps"][0],
    }


@pytest.mark.parametrize("name", [name for name, _ in objects(SCHEMA.schema)])
def test_the_schema_knows_the_keys_that_are_written(name: str) -> None:
    """Its properties are the keys that are written, all of them required, and no others."""
    described = dict(objects(SCHEMA.schema))[name]
    assert set(described["properties"]) == set(written()[name])
    assert set(described["required"]) == set(described["properties"])
    assert described["additionalProperties"] is False


def test_everything_is_described() -> None:
    """Each object says what it is, and so does each of its fields, or what that refers to."""
    for name, described in objects(SCHEMA.schema):
        assert described["description"].endswith(".")
        for key, field in described["properties"].items():
            assert field.get("description", "").endswith(".") or "$ref" in field, (name, key)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (("finding", "level"), get_args(Level)),
        (("finding", "status"), get_args(Status)),
        (("frame", "kind"), get_args(FileKind)),
        (("origin", "kind"), get_args(OriginKind)),
        (("step", "role"), get_args(get_type_hints(BleedStep)["role"])),
    ],
)
def test_words_are_those_of_the_types(place: tuple[str, str], words: tuple[str, ...]) -> None:
    """What is one of some words is one of the same words in both places."""
    name, key = place
    assert set(SCHEMA.schema["$defs"][name]["properties"][key]["enum"]) == set(words)


Change = Callable[[JsonDict], object]


def put(key: str, value: Any, *path: str | int) -> Change:
    """Return what puts ``value`` at ``key`` of what stands at ``path``."""

    def change(whole: JsonDict) -> None:
        at: Any = whole
        for part in path:
            at = at[part]
        at[key] = value

    return change


WRONG: dict[str, Change] = {
    "another version": put("version", 2),
    "another tool": put("name", "other", "tool"),
    "a level": put("level", "fatal", "findings", 0),
    "a status": put("status", "old", "findings", 0),
    "a code": put("code", "X1", "findings", 0),
    "a fingerprint": put("fingerprint", "?", "findings", 0),
    "a phase": put("phase", "", "findings", 0),
    "a number": put("line", "1", "findings", 0),
    "a negative number": put("column", -1, "findings", 0),
    "no count": put("count", 0, "findings", 0),
    "a further key": put("extra", {}, "findings", 0),
    "a further key of a frame": put("column", 1, "findings", 0, "stack", 0),
    "a mechanism": put("kind", "post", "findings", 0, "origin"),
    "a mechanism behind it": put("kind", "post", "findings", 0, "origin", "origin"),
    "a role": put("role", "sings", "findings", 0, "bleed", "steps", 0),
    "no such request": put("request", {}, "findings", 0),
    "a missing key": lambda whole: whole["findings"][0].pop("patch"),
    "a missing key of an origin": lambda whole: whole["findings"][0]["origin"].pop("origin"),
    "a missing summary": lambda whole: whole.pop("summary"),
}


def test_a_full_document_fits() -> None:
    """What the wrong ones below are made of is right."""
    assert faults(full(), SCHEMA) == []


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_refused(wrong: str) -> None:
    """A word, a type or a key that is not promised makes it another document."""
    whole = copy.deepcopy(full())
    WRONG[wrong](whole)
    assert faults(whole, SCHEMA)
