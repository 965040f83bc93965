"""Whole runs for the page to tell: findings with the timelines of their tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import builders
from builders import APP, QUEUE_TASK, finding, frame, handover, site

from pytest_flaskctx.facts import ContextFact
from pytest_flaskctx.findings import Bleed, BleedStep, Finding, JsonDict
from pytest_flaskctx.timeline import Handed, Lane, Mark, Ran, Served, Timeline

TEST = "tests/test_app.py::test_leak"
POOL = "ThreadPoolExecutor-0_0"
TOOL: JsonDict = {
    "name": "pytest-flaskctx",
    "version": "0.1.0",
    "python": "3.13.0",
    "flask": "3.1.3",
    "disabled_probes": [],
}
SUMMARY: JsonDict = {
    "findings": 1,
    "accesses": 1,
    "handovers": 1,
    "tests": 3,
    "observed_accesses": 12,
}
PATCH = """\
--- a/app.py
+++ b/app.py
@@ -17,4 +17,4 @@
 @app.post("/task")
 def queue_task():
-    pool.submit(process_task)
+    pool.submit(process_task, request.json)
     return "Task queued"
"""


def project(root: Path) -> Path:
    """Write the app under ``root``."""
    root.joinpath("app.py").write_text(APP, encoding="utf-8")
    return root


def mark(lane: int, at: float, of: Finding, task: int | None = 0) -> Mark:
    """Return the moment of a finding."""
    return Mark(lane, at, task, of.fingerprint, of.code)


def served(number: int, begin: float, end: float | None, **more: Any) -> Served:
    """Return a request of the README's."""
    return Served(number, 0, begin, end, "POST", "/task", "queue_task")._replace(**more)


def handed(number: int, at: float, **more: Any) -> Handed:
    """Return a task of the README's."""
    return Handed(number, "submit", "process_task", 0, at, 0, None)._replace(**more)


def readme(of: Finding, **changes: Any) -> Timeline:
    """Return the test of the README: the task reads its request 3 s after it had ended."""
    story = Timeline(
        test=TEST,
        length=3.0065,
        lanes=(Lane(4711, "MainThread"), Lane(4711, POOL)),
        requests=(served(0, 0.0012, 0.0052),),
        tasks=(handed(0, 0.0034),),
        calls=(Ran(0, 1, 0.0037, 3.0048),),
        marks=(mark(1, 3.0041, of),),
    )
    return story._replace(**changes)


def after_request() -> Finding:
    """Return a use of the request's context after its end."""
    context = ContextFact(QUEUE_TASK, "MainThread", False, True, True, False)
    return finding(
        code="FCX201",
        rule="use-after-request",
        context=context,
        site=site(line=13, column=15, end_column=22, expression="request"),
        message="`request` used after POST /task had ended",
    )


def never(of: Finding) -> Timeline:
    """Return a test in which one task never begins, one never ends, and one is handed on."""
    return Timeline(
        test="tests/test_app.py::test_waiting",
        length=0.9,
        lanes=(
            Lane(4711, "MainThread"),
            Lane(4711, POOL),
            Lane(4712, "ForkProcess-1"),
            Lane(4711, "a-thread-with-quite-a-long-name-0_17"),
        ),
        requests=(
            served(0, 0.001, 0.012),
            served(1, 0.014, 0.0312, method="GET", rule="/status/<int:number>", endpoint="status"),
            served(2, 0.0318, None, method="GET", rule="/stream", endpoint="stream"),
        ),
        tasks=(
            handed(0, 0.004),
            handed(1, 0.006, function="send_mail"),
            handed(2, 0.020, function="resize", kind="process", request=1),
            handed(3, 0.016, function="", kind="thread", lane=1, request=0, parent=0),
        ),
        calls=(
            Ran(0, 1, 0.0045, 0.019),
            Ran(2, 2, 0.026, 0.030),
            Ran(3, 3, 0.0162, None),
        ),
        marks=(
            mark(1, 0.0145, of),
            mark(1, 0.0146, of),
            mark(2, 0.0275, after_request(), 2),
            mark(3, 0.0280, after_request(), 3),
        ),
    )


def bleed() -> Finding:
    """Return what the isolation fixture found in an account."""
    file = "account/leak.py"
    steps = (
        BleedStep("A", "account/test_account.py", 9, "visit", 'return client.get("/account")', ""),
        BleedStep("A", file, 12, "load_user", 'current_user = request.headers["X-User"]', "writes"),
        BleedStep("B", "account/test_account.py", 9, "visit", 'return client.get("/account")', ""),
        BleedStep("B", file, 12, "load_user", 'current_user = request.headers["X-User"]', "writes"),
        BleedStep("B", file, 17, "show", 'return f"Account of {current_user}"', ""),
        BleedStep("A", file, 17, "show", 'return f"Account of {current_user}"', "reads"),
    )
    story = Bleed(
        "token", "A:3 B:*", "1.1.0-0.A3-B.l.a090e70b", TEST, "guided", ("visit", "visit"),
        "the body of GET /account (endpoint 'show')", "", "module global",
        "account.leak.current_user", steps, within_line=False,
    )  # fmt: skip
    return finding(
        code="FCX401",
        rule="request-bleed",
        proxy="",
        site=site(file=file, line=17, expression='f"Account of {current_user}"'),
        handover=None,
        tests=("account/test_account.py::test_leak",),
        message="the body of GET /account for visitor A has data of visitor B",
        bleed=story,
    )


def several() -> tuple[list[Finding], list[Timeline]]:
    """Return a run with a finding of each sort."""
    first = finding()
    findings = [
        first,
        after_request(),
        bleed(),
        finding(
            code="FCX103",
            rule="proxy-handed-over",
            level="warning",
            site=site(line=20, column=4, end_column=29, function="queue_task"),
            handover=handover(),
            tests=(TEST, "tests/test_app.py::test_waiting"),
            count=2,
        ),
        finding(code="FCX303", rule="outer-context", level="note", proxy="", site=site(line=9)),
        finding(status="known", site=site(line=22)),
        finding(status="allowed", reason="moves to the queue, #123", site=site(line=14)),
        finding(status="library", site=site(file="/venv/lib/sentry_sdk/hub.py")),
        finding(status="expected", site=site(line=16)),
    ]
    return findings, [readme(first), never(first)]


def crowd(tasks: int, of: Finding, *, threads: int = 8) -> Timeline:
    """Return a test that hands over very many tasks, three of which leak."""
    lanes = (Lane(1, "MainThread"), *(Lane(1, f"worker_{n}") for n in range(threads)))
    each = 4.0 / tasks
    return Timeline(
        test="tests/test_load.py::test_load",
        length=5.0,
        lanes=lanes,
        requests=tuple(served(n, n * 0.04, n * 0.04 + 0.03) for n in range(100)),
        tasks=tuple(handed(n, n * each, request=n * 100 // tasks) for n in range(tasks)),
        calls=tuple(
            Ran(n, 1 + n % threads, n * each + 0.01, n * each + 0.01 + each * 5)
            for n in range(tasks)
        ),
        marks=tuple(
            mark(1 + n % threads, n * each + 0.01 + each, of, n)
            for n in (tasks // 10, tasks // 2, tasks * 9 // 10)
        ),
    )


def load(findings: int, tasks: int, tests: int, root: Path) -> tuple[list[Finding], list[Timeline]]:
    """Return a run with so many findings in so many tests, which hand over so many tasks.

    Args:
        findings: each at a line of its own.
        tasks: of all tests together.
        tests: among which findings and tasks are dealt out.
        root: where the modules are written.
    """
    outer = [
        frame(n, f"run_{n}", "/venv/lib/python3.13/site-packages/_pytest/r.py", kind="pytest")
        for n in range(30)
    ]
    inner = [frame(n, f"call_{n}", builders.LIBRARY, kind="flask") for n in range(12)]
    origin = handover()
    stack = (origin.origin.stack[0], *inner, *origin.origin.stack[2:], *outer)
    origin = origin._replace(origin=origin.origin._replace(stack=stack))
    found = []
    for number in range(findings):
        file = f"shop/module_{number % 50}.py"
        found.append(
            finding(
                code="FCX201" if number % 3 else "FCX101",
                rule="use-after-request" if number % 3 else "unbound-access",
                site=site(file=file, line=15 + 25 * (number // 50), function=f"task_{number}"),
                handover=origin,
                tests=(f"tests/test_{number % tests}.py::test_{number % tests}",),
                level="warning" if number % 5 == 0 else "error",
            )
        )
    root.joinpath("shop").mkdir(exist_ok=True)
    for number in range(50):
        text = APP * (findings // 50 + 1)
        root.joinpath(f"shop/module_{number}.py").write_text(text, encoding="utf-8")
    timelines = [_loaded(found[n::tests], max(1, tasks // tests), n) for n in range(tests)]
    return found, timelines


def _loaded(found: list[Finding], tasks: int, number: int) -> Timeline:
    return Timeline(
        test=f"tests/test_{number}.py::test_{number}",
        length=1.0,
        lanes=(Lane(1, "MainThread"), *(Lane(1, f"worker_{n}") for n in range(4))),
        requests=(served(0, 0.001, 0.050),),
        tasks=tuple(handed(n, 0.002 + n * 0.04 / tasks) for n in range(tasks)),
        calls=tuple(
            Ran(n, 1 + n % 4, 0.003 + n * 0.04 / tasks, 0.06 + n * 0.04 / tasks)
            for n in range(tasks)
        ),
        marks=tuple(
            mark(1 + n % tasks % 4, 0.055 + n % tasks * 0.04 / tasks, each, n % tasks)
            for n, each in enumerate(found)
        ),
    )
