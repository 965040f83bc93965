"""Findings as SARIF: valid, the same each time, and with what code scanning shows of them."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from builders import LIBRARY, POOL, QUEUE_TASK, ROOT, finding, frame, handover, site
from hypothesis import given
from hypothesis import strategies as st
from stepping import bleeds
from strategies import findings
from validating import FORMATS, SARIF, faults

from pytest_flaskctx.facts import RequestFact
from pytest_flaskctx.findings import Bleed, BleedStep, Finding, JsonDict, Status
from pytest_flaskctx.reports.sarif import document
from pytest_flaskctx.rules import RULES

TOOL: JsonDict = {
    "name": "pytest-flaskctx",
    "version": "0.1.0",
    "python": "3.13.0",
    "flask": "3.1.3",
    "disabled_probes": [],
}


def run_of(*found: Finding, **tool: Any) -> JsonDict:
    """Return the one run of the document, which is valid."""
    whole = document(found, tool=TOOL | tool, root=ROOT)
    assert faults(whole, SARIF) == []
    (run,) = whole["runs"]
    return dict(run)


def result_of(found: Finding) -> JsonDict:
    """Return the one result of the document."""
    (result,) = run_of(found)["results"]
    return dict(result)


def steps_of(result: JsonDict) -> list[JsonDict]:
    """Return the steps of the one code flow."""
    (flow,) = result["codeFlows"]
    (thread,) = flow["threadFlows"]
    return list(thread["locations"])


def at(place: JsonDict) -> tuple[str, int]:
    """Return file and line of a location."""
    physical = place["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical["region"]["startLine"]


@given(st.lists(findings, max_size=4))
def test_any_findings_make_a_valid_file(found: list[Finding]) -> None:
    """Whatever findings hold, the official schema accepts their file, and it can be read again."""
    whole = document(found, tool=TOOL, root=ROOT)
    assert faults(whole, SARIF) == []
    assert json.loads(json.dumps(whole)) == whole


@given(st.lists(bleeds, max_size=3))
def test_any_bleeds_make_a_valid_file(found: list[Bleed]) -> None:
    """The schedules of bleeds are code flows, whatever their lines hold."""
    whole = document([finding(code="FCX401", bleed=each) for each in found], tool=TOOL, root=ROOT)
    assert faults(whole, SARIF) == []


@given(st.lists(findings, max_size=6), st.randoms(use_true_random=False))
def test_the_order_of_arrival_changes_nothing(found: list[Finding], chance: random.Random) -> None:
    """The same findings make the same bytes."""
    whole = json.dumps(document(found, tool=TOOL, root=ROOT))
    chance.shuffle(found)
    assert json.dumps(document(found, tool=TOOL, root=ROOT)) == whole


def test_threads_processes_and_counts_change_nothing() -> None:
    """What varies from run to run is not in the file."""
    plain = finding(message="m")
    other = finding(
        message="m", thread="T-9", process=1, count=99, handover=handover(thread="Worker-8")
    )
    assert run_of(plain) == run_of(other)


def test_no_findings_are_a_run_all_the_same() -> None:
    """A clean run says so: what an earlier one found is closed by it."""
    run = run_of()
    assert run["results"] == []
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


def test_result() -> None:
    """A result has rule, level, message and place, its columns from 1 on and the end exclusive."""
    result = result_of(finding(message="`request` used in a thread that has no request context"))
    assert (result["ruleId"], result["level"]) == ("FCX101", "error")
    assert result["message"]["text"] == (
        "`request` used in a thread that has no request context. Handed over [here](1), by "
        "submit(), while serving POST /task (endpoint 'queue_task'). Read what the task needs in "
        "queue_task, while the request is there, and pass it."
    )
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "app.py", "uriBaseId": "SRCROOT"},
                "region": {"startLine": 15, "startColumn": 24, "endColumn": 34},
            },
            "logicalLocations": [
                {"fullyQualifiedName": "process_task", "kind": "function"},
            ],
        }
    ]
    assert result["properties"]["tests"] == ["tests/test_app.py::test_leak"]
    assert result["properties"]["hint"].endswith("pool.submit(process_task, incoming_data)")


def test_columns_are_characters() -> None:
    """The unit of columns is told, for SARIF's own is another."""
    assert run_of()["columnKind"] == "unicodeCodePoints"


@pytest.mark.parametrize(
    ("changes", "region"),
    [
        ({"column": None, "end_column": None}, {"startLine": 15}),
        ({"end_column": None}, {"startLine": 15, "startColumn": 24}),
        ({"end_column": 3}, {"startLine": 15, "startColumn": 24}),
        ({"line": 0}, None),
    ],
    ids=["no columns", "several lines", "end before start", "no line"],
)
def test_what_is_not_known_is_left_out(changes: Any, region: JsonDict | None) -> None:
    """A region says no more than what is known, and is left out where no line is."""
    (place,) = result_of(finding(site=site(**changes)))["locations"]
    assert place["physicalLocation"].get("region") == region


def test_a_place_without_a_function_has_no_logical_location() -> None:
    """Where no function is known, none is named; where there is no advice, none is given."""
    result = result_of(finding(site=site(function=""), hint="", handover=None, message="m"))
    assert "logicalLocations" not in result["locations"][0]
    assert result["message"]["text"] == "m."


@pytest.mark.parametrize(
    ("file", "uri", "base"),
    [
        ("shop/views.py", "shop/views.py", "SRCROOT"),
        ("my shop/ä#%.py", "my%20shop/%C3%A4%23%25.py", "SRCROOT"),
        ("a:b.py", "a%3Ab.py", "SRCROOT"),
        ("odd\udcff.py", "odd%FF.py", "SRCROOT"),
        ("odd\ud800.py", "odd%5Cud800.py", "SRCROOT"),
        ("", "unknown", "SRCROOT"),
        (LIBRARY, "flask/app.py", "SITEPACKAGES"),
        ("/usr/lib/python3/dist-packages/flask/app.py", "flask/app.py", "SITEPACKAGES"),
        (r"C:\v\Lib\site-packages\flask\app.py", "flask/app.py", "SITEPACKAGES"),
        (POOL, "concurrent/futures/thread.py", "STDLIB"),
        ("/opt/lib/python3.14t/threading.py", "threading.py", "STDLIB"),
        ("/home/ada/shared/tools.py", "tools.py", "ELSEWHERE"),
        (r"C:\Users\Ada\tools.py", "tools.py", "ELSEWHERE"),
        ("/", "unknown", "ELSEWHERE"),
        ("<string>", "%3Cstring%3E", "ELSEWHERE"),
        (".venv/lib/python3.13/site-packages/x.py", None, "SRCROOT"),
    ],
)
def test_files_are_named_without_the_machine(file: str, uri: str | None, base: str) -> None:
    """A URI is a reference relative to a base that is declared, and says nothing of homes."""
    run = run_of(finding(site=site(file=file)))
    (place,) = run["results"][0]["locations"]
    named = place["physicalLocation"]["artifactLocation"]
    assert named == {"uri": file if uri is None else uri, "uriBaseId": base}
    assert base in run["originalUriBaseIds"]
    assert not any("uri" in each for each in run["originalUriBaseIds"].values())
    assert "ada" not in json.dumps(run["results"]).lower()


@given(findings)
def test_uris_are_uris(found: Finding) -> None:
    """Each file's name makes a relative reference, with no colon that would begin a scheme."""
    (result,) = document([found], tool=TOOL, root=ROOT)["runs"][0]["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert FORMATS["uri-reference"].fullmatch(uri)
    assert ":" not in uri
    assert not uri.startswith("/")


def test_related_locations_are_the_hand_overs() -> None:
    """Each hand-over has a number, the nearest first, and what happened there."""
    nested = handover(parent=handover("thread")._replace(site=site(line=30)))
    related = result_of(finding(handover=nested))["relatedLocations"]
    assert [(each["id"], at(each)) for each in related] == [
        (1, ("app.py", 20)),
        (2, ("app.py", 30)),
    ]
    words = [each["message"]["text"] for each in related]
    assert words[0].startswith("handed over here, by submit(), in a task of POST /task")
    assert words[1].startswith("handed over here, by Thread.start(), while serving POST /task")


def test_a_start_is_a_related_location() -> None:
    """Where no task is known, the thread's start is told; what was behind that was handed over."""
    started = handover("thread", parent=handover("timer"))
    result = result_of(finding(handover=None, started=started, message="m", hint=""))
    words = [each["message"]["text"] for each in result["relatedLocations"]]
    assert len(words) == 1
    assert words[0].startswith("no task is known for it; its thread was started here, ")
    assert result["message"]["text"].startswith("m. No task is known for it; its thread was ")
    assert "started [here](1), by Thread.start()" in result["message"]["text"]
    flow = [each["location"]["message"]["text"] for each in steps_of(result)]
    assert flow[1].startswith("handed over here, by Timer.start(), ")
    assert flow[2].startswith("no task is known for it; its thread was started here, ")


def test_a_context_that_came_with_the_thread() -> None:
    """A hand-over and a start are both told."""
    related = result_of(finding(started=handover("thread")))["relatedLocations"]
    words = [each["message"]["text"].partition(",")[0] for each in related]
    assert words == ["handed over here", "the context came with the thread"]


def test_hand_over_outside_the_users_code() -> None:
    """Where no line of the user's handed over there is no place to show."""
    unseen = handover(request=None)._replace(site=None)
    result = result_of(finding(handover=unseen, request=None))
    assert result["relatedLocations"] == []
    assert result["codeFlows"] == []


def test_code_flow() -> None:
    """The flow leads from the request's view by the hand-overs, the outermost first, to the use."""
    view = frame(20, "queue_task")
    dispatch = frame(9, "Flask.dispatch_request", LIBRARY, kind="flask")
    outer = handover(stack=(frame(3, "helper"), view, dispatch, frame(5, "test_leak")))
    nested = handover(parent=outer._replace(site=site(line=3, function="helper")))
    steps = steps_of(result_of(finding(handover=nested)))
    assert [at(step["location"]) for step in steps] == [
        ("app.py", 20),
        ("app.py", 3),
        ("app.py", 20),
        ("app.py", 15),
    ]
    words = [step["location"]["message"]["text"] for step in steps]
    assert words[0] == "POST /task (endpoint 'queue_task') is served here"
    assert words[-1] == "used here"
    assert [step["nestingLevel"] for step in steps] == [0, 0, 1, 2]
    assert [step["executionOrder"] for step in steps] == [1, 2, 3, 4]
    assert [step["importance"] for step in steps] == [*["important"] * 3, "essential"]
    assert [step["kinds"][0] for step in steps] == ["enter", "call", "call", "danger"]


def test_code_flow_of_the_requests_own_thread() -> None:
    """Where nothing was handed over, the request's own view leads to the place."""
    stack = (
        frame(15, "write"),
        frame(8, "view"),
        frame(9, "Flask.dispatch_request", LIBRARY, kind="flask"),
    )
    steps = steps_of(result_of(finding(handover=None, stack=stack)))
    assert [at(step["location"]) for step in steps] == [("app.py", 8), ("app.py", 15)]


def test_view_of_a_library_is_no_step() -> None:
    """Where Flask dispatched to no line of the user's, the flow begins with the hand-over."""
    stack = (frame(9, "Flask.dispatch_request", LIBRARY, kind="flask"),)
    steps = steps_of(result_of(finding(handover=handover(stack=stack))))
    assert [step["kinds"] for step in steps] == [["call"], ["danger", "usage"]]


def test_a_place_is_no_step_twice() -> None:
    """What was wrong to hand over is found where it was handed over: one step, and no flow."""
    known = handover(request=None)
    result = result_of(finding(code="FCX103", site=known.site, handover=known, request=None))
    assert result["codeFlows"] == []
    assert len(result["relatedLocations"]) == 1


def test_code_flow_of_a_bleed() -> None:
    """A bleed's flow is its lines in the order in which they ran, whoever ran them."""
    lines = [("A", 12, "writes"), ("B", 12, ""), ("A", 17, "reads")]
    bleed = Bleed(
        "token", "A:1 B:*", "", "", "", ("visit", "visit"), "", "", "", "",
        tuple(BleedStep(who, "app.py", line, "f", "user = {}", role) for who, line, role in lines),  # type: ignore[arg-type]
        within_line=False,
    )  # fmt: skip
    steps = steps_of(result_of(finding(code="FCX401", handover=None, bleed=bleed)))
    assert [step["location"]["message"]["text"] for step in steps] == [
        "A writes: user = {{}}",
        "B runs: user = {{}}",
        "A reads: user = {{}}",
    ]
    assert [step["executionOrder"] for step in steps] == [1, 2, 3]
    assert [step["importance"] for step in steps] == ["essential", "unimportant", "essential"]


def test_messages_are_plain() -> None:
    """Braces and brackets of the user's are no placeholders and no links."""
    result = result_of(finding(message="`{0}` at [x](9)", hint="", handover=None, request=None))
    assert result["message"]["text"] == "`{{0}}` at [x] (9)."


def test_rules_are_all_listed() -> None:
    """Every rule that exists is described, in the order of codes, with its page as help."""
    listed = run_of()["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in listed] == sorted(rule.code for rule in RULES)
    for rule in listed:
        assert rule["help"]["markdown"].startswith(f"# {rule['id']}: ")
        assert rule["help"]["text"]
        assert rule["name"].isalnum()
        assert rule["fullDescription"]["text"].startswith(rule["shortDescription"]["text"])
        assert {"concurrency", "flask"} <= set(rule["properties"]["tags"])


def test_rule() -> None:
    """A rule tells how grave and how certain it is, in GitHub's words."""
    listed = {rule["id"]: rule for rule in run_of()["tool"]["driver"]["rules"]}
    assert listed["FCX101"]["name"] == "UnboundAccess"
    graded = {
        code: (
            listed[code]["defaultConfiguration"]["level"],
            listed[code]["properties"]["problem.severity"],
            listed[code]["properties"]["precision"],
        )
        for code in ("FCX101", "FCX102", "FCX303")
    }
    assert graded == {
        "FCX101": ("error", "error", "high"),
        "FCX102": ("warning", "warning", "medium"),
        "FCX303": ("note", "recommendation", "high"),
    }
    exposing = [code for code, rule in listed.items() if "security" in rule["properties"]["tags"]]
    assert exposing == ["FCX202", "FCX401"]
    assert all("security-severity" in listed[code]["properties"] for code in exposing)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_results_point_at_their_rule(rule: Any) -> None:
    """The index of a result's rule is the place of the rule in the list."""
    run = run_of(finding(code=rule.code, rule=rule.name))
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == rule.code


def test_a_rule_of_another_version() -> None:
    """A code that no rule has is named and points nowhere; its message stands for its heading."""
    result = result_of(finding(code="FCX999", message="m"))
    assert "ruleIndex" not in result
    assert steps_of(result)[-1]["location"]["message"]["text"] == "m"


@pytest.mark.parametrize(
    ("status", "reason", "suppressions"),
    [
        ("new", "", []),
        ("library", "", []),
        ("allowed", "", [{"kind": "external"}]),
        ("allowed", "until #12", [{"kind": "external", "justification": "until #12"}]),
        ("expected", "", [{"kind": "external", "justification": "The test expects it."}]),
        ("known", "", [{"kind": "external", "justification": "It is in the baseline."}]),
    ],
)
def test_suppressions(status: Status, reason: str, suppressions: list[JsonDict]) -> None:
    """What somebody allowed, expects or knows is suppressed, with the reason; the rest is not."""
    result = result_of(finding(status=status, reason=reason))
    assert result["suppressions"] == suppressions
    assert result["properties"]["status"] == status


def test_a_librarys_own_use_is_a_note() -> None:
    """What a library does on its own account accuses nobody, whatever its rule's level."""
    assert result_of(finding(status="library"))["level"] == "note"


def test_baseline() -> None:
    """What is known is unchanged and the rest is new; without a baseline nothing is either."""
    old, new = finding(status="known"), finding(site=site(line=16))
    states = [result["baselineState"] for result in run_of(old, new)["results"]]
    assert states == ["unchanged", "new"]
    assert "baselineState" not in result_of(new)


def test_fingerprints_are_unique() -> None:
    """Results that share a fingerprint are numbered by line, what is allowed last."""
    found = [finding(site=site(line=line)) for line in (30, 10, 20)]
    allowed = finding(site=site(line=5), status="allowed")
    run = run_of(*found, allowed)
    names = {
        at(result["locations"][0])[1]: result["partialFingerprints"]["flaskctx/v1"]
        for result in run["results"]
    }
    bare = found[0].fingerprint
    assert names == {10: bare, 20: f"{bare}:2", 30: f"{bare}:3", 5: f"{bare}:4"}


def test_a_line_that_moves_keeps_its_fingerprint() -> None:
    """No line number is in what names a result."""
    names = [result_of(finding(site=site(line=line)))["partialFingerprints"] for line in (15, 16)]
    assert names[0] == names[1]


def test_one_result_a_site() -> None:
    """The same leak in several tests is one result, with all of them."""
    (result,) = run_of(finding(tests=("b",)), finding(tests=("a",)))["results"]
    assert result["properties"]["tests"] == ["a", "b"]


def test_tool() -> None:
    """Who found it, and on which versions; a probe that switched itself off is said."""
    run = run_of(disabled_probes=["waits"])
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("pytest-flaskctx", "0.1.0")
    assert run["properties"] == {"python": "3.13.0", "flask": "3.1.3"}
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["message"]["text"] == "the probe 'waits' switched itself off"


def test_a_version_that_is_not_semantic() -> None:
    """A version of Python's that semver does not know is no semantic one."""
    driver = run_of(version="0.2.dev1")["tool"]["driver"]
    assert driver["version"] == "0.2.dev1"
    assert "semanticVersion" not in driver


def test_the_schema_refuses() -> None:
    """The validator of these tests sees what is wrong, to the formats."""
    whole = document([finding()], tool=TOOL, root=ROOT)
    result = whole["runs"][0]["results"][0]
    result["level"] = "fatal"
    result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] = "C:\\a b"
    assert len(faults(whole, SARIF)) == 2
    del whole["version"]
    assert len(faults(whole, SARIF)) == 3


def test_request_of_no_rule() -> None:
    """A request that met no rule is told as it is told everywhere."""
    request = RequestFact("GET", "/***", None)
    result = result_of(finding(request=request, handover=handover(request=request)))
    assert "while serving GET /*** (no endpoint)" in result["message"]["text"]
    assert QUEUE_TASK.rule not in json.dumps(result)
