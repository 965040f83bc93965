"""What is told of contexts that are carried, lent and dead, in the terminal."""

from __future__ import annotations

APP = """
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from flask import Flask, request, copy_current_request_context
import pytest

app = Flask(__name__)
pool = ThreadPoolExecutor(max_workers=2)
answered, used = threading.Event(), threading.Event()

def work(name):
    answered.wait(5)
    str(request.args)
    used.set()

@app.get("/late")
def late():
    pool.submit(copy_context().run, work, "x")
    return "late"

@app.get("/lent")
def lent():
    answered.set()
    pool.submit(copy_context().run, work, "x")
    return str(pool.submit(used.wait, 5).result())

@app.post("/body")
def body():
    @copy_current_request_context
    def read():
        answered.wait(5)
        request.get_json()
    pool.submit(read)
    return "body"

@pytest.fixture(autouse=True)
def _fresh():
    answered.clear()
    used.clear()
    yield
    answered.set()
"""


def test_a_use_after_the_request(pytester):
    """The use, the hand-over, whose context it was, and a fix without the context."""
    pytester.makepyfile(
        APP + 'def test_it():\n    app.test_client().get("/late")\n    answered.set()\n'
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*: in work, thread 'ThreadPoolExecutor-0_0'",
            "*FCX201 use-after-request: `request` used after its request was over",
            "*used here:",
            "*handed over here, by submit(), while serving GET /late (endpoint 'late'):",
            "*the context it read: of GET /late (endpoint 'late'), pushed by thread*",
            "*why: What a finished request leaves behind may be closed, half torn down or*",
            "*fix: Read the value in `late` and pass it to `work`:",
            "*    query = request.args",
            '*    pool.submit(work, "x", query)',
            "*more: pytest --flaskctx-explain FCX201",
        ]
    )


def test_a_lent_context_is_a_warning_unless_strict(pytester):
    """It fails in strict mode only, and says that one may wait."""
    pytester.makepyfile(APP + 'def test_it():\n    app.test_client().get("/lent")\n')
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*warning *FCX207 borrowed-context: `request.args`"])
    result = pytester.runpytest_subprocess("--flaskctx=strict")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*FCX207 borrowed-context: `request` used in a thread that borrows the*",
            "*'MainThread', alive",
            "*Or wait for the task in `lent`, with `.result()`.",
        ]
    )


def test_a_body_that_is_read_too_late(pytester):
    """The copied context is right, what it reads is gone."""
    pytester.makepyfile(
        APP + 'def test_it():\n    app.test_client().post("/body", json={})\n    answered.set()\n'
    )
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*FCX201 use-after-request: the request's body is first read when the request*",
            "*>       request.get_json()",
            "*fix: Read the value in `body` and pass it to `read`:",
            "*    data = request.get_json()",
            "*    pool.submit(read, data)",
            "*Or read it there once, before the hand-over: what was read stays with the*",
        ]
    )
