"""Stub findings: the story of the README, to be varied by keywords."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from pytest_flaskctx.facts import Frame, Origin, OriginKind, RequestFact
from pytest_flaskctx.findings import Finding, Handover, Site

ROOT = Path("/project")
LIBRARY = "/venv/lib/python3.13/site-packages/flask/app.py"
POOL = "/usr/lib/python3.13/concurrent/futures/thread.py"
QUEUE_TASK = RequestFact("POST", "/task", "queue_task")
HINT = """\
Read what the task needs in queue_task, while the request is there, and pass it:

    incoming_data = request.json
    pool.submit(process_task, incoming_data)"""

APP = '''\
"""The task reads the request in a pool's thread."""

import time
from concurrent.futures import ThreadPoolExecutor

from flask import Flask, request

app = Flask(__name__)
pool = ThreadPoolExecutor(max_workers=2)


def process_task():
    incoming = request
    time.sleep(3)
    return f"Processed {incoming}"


@app.post("/task")
def queue_task():
    pool.submit(process_task)
    return "Task queued"
'''


def frame(line: int, function: str, file: str = "app.py", **more: Any) -> Frame:
    """Return a frame of a file under the root directory, or elsewhere if ``file`` is absolute."""
    return Frame(file=str(ROOT / file), line=line, function=function, **more)


def site(**changes: Any) -> Site:
    """Return the place of the access in ``APP``."""
    return Site("app.py", 15, 23, 33, "process_task", "{incoming}")._replace(**changes)


def handover(
    kind: OriginKind = "submit", *, parent: Handover | None = None, **changes: Any
) -> Handover:
    """Return the hand-over in ``APP``, in a request that a test sent."""
    stack = (
        frame(20, "queue_task"),
        frame(900, "Flask.dispatch_request", LIBRARY, kind="flask"),
        frame(5, "post_task", "tests/test_app.py"),
        frame(11, "test_leak", "tests/test_app.py"),
    )
    origin = Origin(
        kind=kind,
        stack=stack,
        thread="MainThread",
        request=QUEUE_TASK,
        test="tests/test_app.py::test_leak",
        parent=parent.origin if parent else None,
    )
    place = Site("app.py", 20, 4, 29, "queue_task", "pool.submit(process_task)")
    return Handover(origin._replace(**changes), place, parent)


def finding(**changes: Any) -> Finding:
    """Return the finding in ``APP``."""
    story = Finding(
        code="FCX101",
        rule="unbound-access",
        level="error",
        status="new",
        tests=("tests/test_app.py::test_leak",),
        phase="call",
        proxy="request",
        site=site(),
        thread="ThreadPoolExecutor-0_0",
        process=4711,
        stack=(frame(15, "process_task"), frame(59, "_WorkItem.run", POOL, kind="stdlib")),
        handover=handover(),
        started=None,
        request=QUEUE_TASK,
        context=None,
        message="`request` used in thread 'ThreadPoolExecutor-0_0', which has no request context",
        hint=HINT,
    )
    return replace(story, **changes)
