"""gevent: a greenlet is a thread here, whether and whenever the suite is patched."""

from __future__ import annotations

import json
import sys

import pytest
from telling_runs import Told

pytest.importorskip("gevent")

PATCH = "from gevent import monkey; monkey.patch_all()\n"
MAIN = PATCH + "import sys, pytest; sys.exit(pytest.main(sys.argv[1:]))"
WORKS = """\
import threading
import gevent, gevent.pool, gevent.threadpool
import pytest
from flask import Flask, copy_current_request_context, current_app, g, request

def ask(view, path="/order"):
    app = Flask(__name__)
    app.add_url_rule("/order", "order", view)
    return app.test_client().get(path).text

def path(*_item):
    gevent.sleep(0)
    return request.path
"""


@pytest.fixture(params=["unpatched", "patched by the suite", "patched first"])
def when(request: pytest.FixtureRequest) -> str:
    """When gevent patches the standard library."""
    return str(request.param)


def run(pytester: pytest.Pytester, when: str, source: str, *options: str) -> Told:
    """Run the tests in ``source`` in a process of its own."""
    pytester.makepyfile(test_world=WORKS + source)
    pytester.makeconftest(PATCH if when == "patched by the suite" else "")
    start = ["-c", MAIN] if when == "patched first" else ["-m", "pytest"]
    result = pytester.run(
        sys.executable, *start, "--flaskctx-json=out.json", "-p", "no:cacheprovider", *options
    )
    told = json.loads((pytester.path / "out.json").read_text())
    assert told["tool"]["disabled_probes"] == []
    entries = told["findings"]
    outcomes = result.parseoutcomes()
    outcomes.pop("warnings", None)
    return Told(outcomes, entries, result.stdout.str())


def test_each_way_to_start_a_greenlet(pytester: pytest.Pytester, when: str) -> None:
    """What it uses without a context is traced to the line that started it, by a drain or before."""
    told = run(
        pytester,
        when,
        """
class Job(gevent.Greenlet):
    def _run(self):
        path()

def started(work):
    job = work()
    job.start()
    return "ok"

@pytest.mark.parametrize("work", [
    lambda: gevent.spawn(path),
    lambda: gevent.spawn(path).join(),
    lambda: gevent.spawn_later(0.01, path),
    lambda: gevent.pool.Pool(2).spawn(path),
    lambda: gevent.pool.Pool(2).apply_async(path),
    lambda: gevent.threadpool.ThreadPool(1).spawn(path).wait(),
    lambda: Job().start(),
    lambda: threading.Thread(target=path).start(),
], ids="spawn join later pool apply threads job thread".split())
def test_leak(work):
    assert ask(lambda: work() and "ok" or "ok") == "ok"
""",
    )
    assert told.outcomes == {"failed": 8}, told.output
    (found,) = {(f["code"], f["proxy"], f["function"]) for f in told.findings}
    assert found == ("FCX101", "request", "path")
    by_test = {
        test.partition("[")[2]: (f["origin"]["kind"], f["origin"]["expression"])
        for f in told.findings
        for test in f["tests"]
    }
    assert by_test.pop("thread]") == ("thread", "threading.Thread(target=path).start()")
    assert len(by_test) == 7
    assert {kind for kind, _ in by_test.values()} == {"greenlet"}
    assert by_test["later]"][1] == "gevent.spawn_later(0.01, path)"
    assert told.findings[0]["request"]["endpoint"] == "order"


def test_right(pytester: pytest.Pytester, when: str) -> None:
    """Contexts of one's own, copies that are waited for, requests served beside each other."""
    told = run(
        pytester,
        when,
        """
def own(app, number):
    with app.app_context():
        g.number = number
        gevent.sleep(0)
        assert g.number == number
        with app.test_request_context(f"/own/{number}"):
            gevent.sleep(0)
            return f"{request.path} {g.number} {current_app.name}"

def test_own_contexts():
    def view():
        g.number = "mine"
        app = current_app._get_current_object()
        jobs = [gevent.spawn(own, app, number) for number in range(3)]
        gevent.joinall(jobs)
        return " ".join(job.value for job in jobs) + f" {request.path} {g.number}"

    assert ask(view) == (
        "/own/0 0 test_world /own/1 1 test_world /own/2 2 test_world /order mine"
    )

def test_copies_one_after_the_other():
    def view():
        work = copy_current_request_context(path)
        jobs = []
        for _ in range(2):
            jobs.append(gevent.spawn(work))
            jobs[-1].join()
        return " ".join(job.value for job in jobs)

    assert ask(view) == "/order /order"

def test_copies_in_threads_that_are_joined():
    def view():
        work = copy_current_request_context(path)
        for _ in range(2):
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
        return "ok"

    assert ask(view) == "ok"

def test_requests_beside_each_other():
    def view():
        gevent.sleep(0)
        g.number = request.args["number"]
        gevent.sleep(0)
        return g.number

    jobs = [gevent.spawn(ask, view, f"/order?number={number}") for number in range(4)]
    gevent.joinall(jobs)
    assert [job.value for job in jobs] == list("0123")

def test_one_that_is_killed_unbegun():
    assert ask(lambda: gevent.spawn(path).kill(block=False) or "ok") == "ok"
""",
        "--flaskctx=strict",
        "--durations=0",
    )
    assert told.outcomes == {"passed": 5}, told.output
    assert told.findings == [], told.places


def test_a_copy_for_two_at_once(pytester: pytest.Pytester, when: str) -> None:
    """One copied context given to two greenlets is shared, as it is by threads."""
    told = run(
        pytester,
        when,
        """
def test_leak():
    def view():
        work = copy_current_request_context(int)
        gevent.joinall([gevent.spawn(work) for _ in range(2)])
        return "ok"

    ask(view)
""",
    )
    assert [code for code, *_ in told.places] == ["FCX203"], told.output
