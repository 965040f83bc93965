"""``flask_ctx_isolation`` as a suite meets it: what fails, what it says, and what it leaves alone."""

from __future__ import annotations

import json
import re
import sys

import pytest

SHOP = """
import threading
import time
import queue
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, g, request

from pytest_flaskctx import ContextBleedError, IsolationError

shop = Flask("shop")
current_user = None
flag = False
one, two = threading.Lock(), threading.Lock()
news, pool = queue.Queue(), ThreadPoolExecutor(1)


@pytest.fixture
def app():
    return shop


@shop.post("/login")
def login():
    global current_user
    current_user = request.form["user"]
    return "ok"


@shop.get("/profile")
def profile():
    return f"Hello {current_user}"


@shop.get("/right/<name>")
def right(name):
    g.name = name
    return f"Hello {g.name}"


@shop.get("/one")
def first():
    with one:
        name = request.args["t"]
        with two:
            return name


@shop.get("/two")
def second():
    with two:
        name = request.args["t"]
        with one:
            return name


@shop.get("/spin")
def spin():
    while not flag:
        pass
    return "done"


@shop.get("/set")
def set_flag():
    global flag
    flag = True
    return "set"


@shop.get("/poll")
def poll():
    return news.get()


@shop.get("/sleepy")
def sleepy():
    while news.empty():
        time.sleep(30)
    return news.get()


@shop.get("/boom")
def boom():
    raise KeyError("mine")


@shop.get("/pooled/<name>")
def pooled(name):
    with one:
        greeting = f"Hello {name}"
    return pool.submit(polite, greeting).result()


def polite(greeting):
    with one:
        return greeting + "!"


@shop.get("/swallowed")
def swallowed():
    pool.submit(lambda: request.method)
    return "queued"


@shop.get("/locked/<name>")
def locked(name):
    with one:
        said = f"Hello {name}"
        return said


@shop.get("/endless")
def endless():
    return iter(lambda: "more", None)


@shop.get("/caught/<name>")
def caught(name):
    try:
        return f"Hello {name}"
    finally:
        name = None


def visit(client, token):
    client.post("/login", data={"user": token})
    return client.get("/profile")


def visit_right(client, token):
    return client.get(f"/right/{token}")


def visit_one(client, token):
    return client.get(f"/one?t={token}")


def visit_two(client, token):
    return client.get(f"/two?t={token}")
"""


def at(text: str, after: str = "") -> int:
    """Return the line of the shop that says ``text``, the first one after ``after``."""
    lines = SHOP.strip().splitlines()
    start = next(number for number, line in enumerate(lines) if after in line)
    return next(n for n, line in enumerate(lines, 1) if n > start and text in line)


WRITES, READS = at("current_user = request"), at("Hello {current_user}")

BLEEDS = """
def test_bleeds(flask_ctx_isolation):
    flask_ctx_isolation(visit)
"""


@pytest.fixture
def isolation(pytester):
    """Run tests of the shop in a process of their own."""

    def run(tests: str, *args: str, ini: str = "") -> pytest.RunResult:
        pytester.makeini(f"[pytest]\n{ini}\n")
        pytester.makepyfile(test_shop=SHOP + tests)
        return pytester.runpytest_subprocess("-p", "no:randomly", *args)

    return run


def findings(pytester) -> list[dict]:
    """Return the findings of a run that wrote them to out.json."""
    return json.loads((pytester.path / "out.json").read_text())["findings"]


def test_a_bleed_is_told(isolation):
    """Two columns in time order, the lines that matter marked, the holder's name, and a repair."""
    result = isolation(BLEEDS)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            f"test_shop.py:{READS}: in profile",
            "E   FCX401 request-bleed: the body of GET /profile (endpoint 'profile') for",
            "E   visitor A has data of visitor B, beside another request",
            "read here, most likely:",
            '>       return f"Hello {current_user}"',
            "      visitor A                             visitor B",
            f"    >   {WRITES} current_user = request.form...",
            f"{' ' * 42}>   {WRITES} current_user = request.form...",
            f'    >   {READS} return f"Hello {{current_user}}"',
            f"A writes at *:{WRITES}, B writes over it at *:{WRITES}, A reads it at",
            f"test_shop.py:{READS} (most likely)",
            "between them it lay in: module global `test_shop.current_user`",
            "found by: the body of GET /profile (endpoint 'profile'); schedule A:3 B:?",
            '    pytest "test_shop.py::test_bleeds" --flaskctx-replay=1.1.0-0.A3-B.l.*',
            "fix: Keep it where each request has its own, in `flask.g`, or pass it as an",
            "    g.current_user = ...          # in place of `test_shop.current_user`",
            "more: pytest --flaskctx-explain FCX401",
            "FAILED test_shop.py::test_bleeds - FCX401 request-bleed: *",
        ]
    )
    assert "During handling" not in result.stdout.str()


def test_no_token_and_no_name_of_ours_is_printed(isolation):
    """What the visitors were called stands nowhere; nor do frames of this package."""
    text = isolation(BLEEDS, "--tb=long").stdout.str()
    assert not re.search(r"\bt[a-z2-7]{15}\b", text)
    assert "pytest_flaskctx/isolation" not in text


def test_a_right_app_passes_and_says_nothing(isolation):
    """The result tells what was explored; the run has no section of ours."""
    result = isolation(
        """
        def test_right(flask_ctx_isolation):
            result = flask_ctx_isolation(visit_right)
            assert result.isolated and result.verdict == "isolated"
            assert result.schedules > 10 and result.steps > result.schedules
            assert "test_shop.py:RETURNS" in result.both_in
            assert {"serial", "guided", "one preemption", "random"} <= set(result.tiers)
            assert result.points >= 3 and result.not_put_back == ()
            assert result.seed == "test_shop.py::test_right"
        """.replace("\n        ", "\n").replace("RETURNS", str(at("Hello {g.name}")))
    )
    result.assert_outcomes(passed=1)
    assert "flaskctx:" not in result.stdout.str()


def test_a_bleed_is_replayed(isolation, pytester):
    """The line to paste runs just that schedule, and fails in the same way."""
    text = isolation(BLEEDS, "-p", "no:cacheprovider").stdout.str()
    (token,) = re.findall(r"--flaskctx-replay=(\S+)", text)
    again = pytester.runpytest_subprocess(f"--flaskctx-replay={token}")
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines(["*found by: *; schedule A:3 B:?", f"*--flaskctx-replay={token}"])


def test_a_replay_that_no_longer_fits_says_so(isolation, pytester):
    """On other lines the schedule means nothing: nobody is told that all is well."""
    text = isolation(BLEEDS).stdout.str()
    (token,) = re.findall(r"--flaskctx-replay=(\S+)", text)
    pytester.makepyfile(test_shop=SHOP.replace("Hello", "Good day,") + BLEEDS)
    again = pytester.runpytest_subprocess(f"--flaskctx-replay={token}")
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines([f"*the code changed since: the replay {token} no longer fits*"])


def test_a_replay_of_another_call_is_told_from_this_one(isolation):
    """A test that asks twice has two calls; only the one that is meant is replayed."""
    result = isolation(BLEEDS, "--flaskctx-replay=1.2.0-0.A3-B.l.00000000")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["flaskctx: 1 exploration undecided"])


@pytest.mark.parametrize(
    ("token", "said"),
    [
        ("nonsense", "'nonsense' is nothing to replay; it looks like 1.1.0-0.A3-B.l.5e0c2a9f"),
        ("1.1.0-0.A3-C.l.5e0c2a9f", "*names more participants than visits"),
    ],
)
def test_a_bad_replay_is_a_usage_error(isolation, token, said):
    """It is named, with what it should look like, before a test runs."""
    result = isolation(BLEEDS, f"--flaskctx-replay={token}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: --flaskctx-replay: {said}"])


def test_a_replay_of_visits_that_are_not_there_says_so(isolation):
    """A schedule of three visits is none for a call with one."""
    result = isolation(BLEEDS, "--flaskctx-replay=1.1.0-2.A3-B.l.5e0c2a9f")
    result.stdout.fnmatch_lines(["*names visits that this call does not have"])


def test_what_failed_before_is_tried_first(isolation, pytester):
    """A schedule that failed is kept in pytest's cache, and is the first to be run next time."""
    first = isolation(BLEEDS, "--flaskctx-json=out.json")
    first.assert_outcomes(failed=1)
    assert findings(pytester)[0]["bleed"]["tier"] == "guided"
    kept = list((pytester.path / ".pytest_cache" / "v" / "flaskctx" / "schedules").iterdir())
    assert [json.loads(file.read_text()) for file in kept] == [
        findings(pytester)[0]["bleed"]["replay"]
    ]
    again = pytester.runpytest_subprocess("--flaskctx-json=out.json")
    again.assert_outcomes(failed=1)
    assert findings(pytester)[0]["bleed"]["tier"] == "failed before"


def test_a_broken_cache_is_no_trouble(isolation, pytester):
    """What another version kept there is passed over."""
    isolation(BLEEDS)
    for file in (pytester.path / ".pytest_cache" / "v" / "flaskctx" / "schedules").iterdir():
        file.write_text('"0.of-another-version"')
    pytester.runpytest_subprocess().assert_outcomes(failed=1)
    for file in (pytester.path / ".pytest_cache" / "v" / "flaskctx" / "schedules").iterdir():
        file.write_text("[1]")
    pytester.runpytest_subprocess().assert_outcomes(failed=1)


def test_what_failed_with_more_visits_is_passed_over(isolation, pytester):
    """A schedule of a visit that the test no longer has is no trouble."""
    two = BLEEDS.replace("(visit)", "(visit_right, visit)")
    isolation(two).assert_outcomes(failed=1)
    pytester.makepyfile(test_shop=SHOP + BLEEDS)
    pytester.runpytest_subprocess().assert_outcomes(failed=1)


def test_json_tells_the_bleed(isolation, pytester):
    """An entry like any finding's, with schedule, holder and steps."""
    isolation(BLEEDS, "--flaskctx-json=out.json")
    (finding,) = findings(pytester)
    assert (finding["code"], finding["file"], finding["line"]) == ("FCX401", "test_shop.py", READS)
    assert finding["tests"] == ["test_shop.py::test_bleeds"]
    bleed = finding["bleed"]
    assert bleed["kind"] == "token"
    assert bleed["schedule"] == "A:3 B:*"
    assert bleed["visits"] == ["visit", "visit"]
    assert (bleed["what"], bleed["holder"]) == ("module global", "test_shop.current_user")
    roles = [(each["participant"], each["line"], each["role"]) for each in bleed["steps"]]
    assert [each for each in roles if each[2]] == [
        ("A", WRITES, "writes"),
        ("B", WRITES, "writes"),
        ("A", READS, "reads"),
    ]


def test_the_same_under_xdist(isolation, pytester):
    """Two workers find and tell what one process does."""
    isolation(BLEEDS, "--flaskctx-json=out.json", "-p", "no:cacheprovider")
    alone = findings(pytester)
    result = pytester.runpytest_subprocess("-n2", "--flaskctx-json=out.json")
    result.assert_outcomes(failed=1)
    together = findings(pytester)
    for finding in (*alone, *together):
        finding["process"] = 0
    assert together == alone
    result.stdout.fnmatch_lines(["*between them it lay in: module global `test_shop.current_user`"])


def test_warn_only_reports(isolation):
    """In the mode ``warn`` the test passes, the result says that it bleeds, and the report too."""
    result = isolation(
        """
def test_bleeds(flask_ctx_isolation):
    assert flask_ctx_isolation(visit).verdict == "bleeds"
""",
        "--flaskctx=warn",
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"*warning  test_shop.py:{READS}  FCX401 request-bleed*"])


def test_off_explores_nothing(isolation):
    """In the mode ``off`` each visit is paid once, so that the test's own checks hold."""
    result = isolation(
        """
def test_off(flask_ctx_isolation):
    paid = []
    def visit_and_count(client, token):
        paid.append(token)
        return client.get(f"/right/{token}")
    result = flask_ctx_isolation(visit_and_count)
    assert len(paid) == 1
    assert (result.verdict, result.reason) == ("inconclusive", "--flaskctx=off")
    assert flask_ctx_isolation(visit_and_count, app=lambda: shop).schedules == 0
""",
        "--flaskctx=off",
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "tests",
    [
        """
@pytest.mark.flask_ctx_allow("FCX401", reason="known")
def test_bleeds(flask_ctx_isolation):
    assert flask_ctx_isolation(visit).verdict == "bleeds"
""",
        """
def test_bleeds(flask_ctx_isolation, flask_ctx_monitor):
    with flask_ctx_monitor.allow("request-bleed", reason="known"):
        assert flask_ctx_isolation(visit).verdict == "bleeds"
""",
    ],
    ids=["marker", "monitor"],
)
def test_an_allowed_bleed_passes(isolation, tests):
    """A marker, or a block of the monitor's, lets it pass; the result says what it is."""
    result = isolation(tests, "--flaskctx-report")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*allowed: known"])


def test_the_rule_can_be_switched_off(isolation):
    """Where the suite wants nothing of FCX401, a bleed is no finding."""
    result = isolation(
        """
def test_bleeds(flask_ctx_isolation):
    assert flask_ctx_isolation(visit).verdict == "bleeds"
""",
        ini="flaskctx_rules = FCX401 = off",
    )
    result.assert_outcomes(passed=1)
    assert "flaskctx:" not in result.stdout.str()


def test_a_test_may_expect_a_bleed(isolation):
    """Caught, or expected by ``xfail``, it fails nothing and is not told."""
    result = isolation(
        """
def test_caught(flask_ctx_isolation):
    with pytest.raises(ContextBleedError, match="visitor A has data of visitor B") as caught:
        flask_ctx_isolation(visit)
    (finding,) = caught.value.findings
    assert (finding.code, finding.bleed.holder) == ("FCX401", "test_shop.current_user")

@pytest.mark.xfail(raises=ContextBleedError, strict=True)
def test_expected(flask_ctx_isolation):
    flask_ctx_isolation(visit)
"""
    )
    result.assert_outcomes(passed=1, xfailed=1)


def test_a_test_case_tells_it_as_well(isolation):
    """In a ``unittest.TestCase`` the bleed is the failure, too."""
    result = isolation(
        """
import unittest

class Cases(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def _isolation(self, flask_ctx_isolation):
        self.isolation = flask_ctx_isolation

    def test_bleeds(self):
        self.isolation(visit)
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E   FCX401 request-bleed: *",
            f"    > *{WRITES} current_user = *",
            "more: *explain FCX401",
        ]
    )


def test_what_other_rules_find_meanwhile_fails_it(isolation):
    """A task that leaks while visits are explored is a bleed's worth of an error."""
    result = isolation(
        """
def test_leaks(flask_ctx_isolation):
    with pytest.raises(ContextBleedError, match="FCX101"):
        flask_ctx_isolation(lambda client, token: client.get("/swallowed"))

def test_leaks_and_fails(flask_ctx_isolation):
    flask_ctx_isolation(lambda client, token: client.get("/swallowed"))
"""
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["E   FCX101 unbound-access: *"])


def test_what_leaks_before_an_error_is_told_beside_it(isolation):
    """The visit's own error stays the failure, and the leak is not lost."""
    result = isolation(
        """
def test_raises(flask_ctx_isolation):
    def visit_and_fail(client, token):
        client.get("/swallowed")
        raise KeyError("mine")
    flask_ctx_isolation(visit_and_fail)
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E       KeyError: 'mine'", "*leaked a context, too*", "FCX101 unbound-access: *"]
    )


def test_a_deadlock_names_both_locks_and_lines(isolation):
    """Who holds what, since where, who waits for it, and the schedule that led there."""
    result = isolation(
        """
def test_deadlock(flask_ctx_isolation):
    flask_ctx_isolation(visit_one, visit_two)
"""
    )
    result.assert_outcomes(failed=1)
    one, two = at("with two", after="def first"), at("with one", after="def second")
    waits = "E * {} at test_shop.py:{} in {} waits for test_shop.{}, held by {} since *"
    result.stdout.fnmatch_lines(
        [
            "E * *IsolationError: visitors A and B wait for each other for ever",
            waits.format("A", one, "first", "two", "B"),
            waits.format("B", two, "second", "one", "A"),
            "E * visitor A stands at:",
            f"E * test_shop.py:{one} in first",
            "E * visitor B stands at:",
            f"E * test_shop.py:{two} in second",
            "E * schedule: *",
        ]
    )


def test_locks_of_a_deadlock_are_given_back(isolation):
    """Whoever is ended unwinds: a test after it can take what a view held."""
    result = isolation(
        """
def test_deadlock(flask_ctx_isolation):
    with pytest.raises(IsolationError):
        flask_ctx_isolation(visit_one, visit_two)
    assert not (one.locked() or two.locked())
"""
    )
    result.assert_outcomes(passed=1)


def test_a_view_that_spins_is_inconclusive(isolation):
    """Its line is named, in the result and in the report; in the mode ``strict`` it fails."""
    tests = """
def test_spins(flask_ctx_isolation):
    result = flask_ctx_isolation(lambda client, token: client.get("/spin"))
    assert result.verdict == "inconclusive" and result.structural
    assert result.reason.startswith("visitor A runs on without end, at test_shop.py:")
    assert result.reason.endswith(" in spin")
"""
    result = isolation(tests, "--flaskctx-report")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "FCX401 request-bleed: isolation could not be told: visitor A runs on without",
            "asked for here:",
            "fix: It is no pass: nothing is known of what two requests do to each other",
        ]
    )
    strict = isolation(tests, "--flaskctx=strict")
    strict.assert_outcomes(failed=1)
    strict.stdout.fnmatch_lines(["E   FCX401 request-bleed: isolation could not be told: *"])


def test_a_view_that_waits_for_another_in_a_loop_is_explored_through(isolation):
    """It spins until the other one has set a flag: its turn goes to that one."""
    result = isolation(
        """
def test_waits(flask_ctx_isolation):
    result = flask_ctx_isolation(
        lambda client, token: (client.get("/set"), client.get("/spin")),
        max_schedules=30,
    )
    assert result.isolated
"""
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("path", "line"),
    [("/poll", at("news.get", after="def poll")), ("/sleepy", at("time.sleep(30)"))],
)
def test_a_long_poll_is_an_error(isolation, path, line):
    """The visit that never ends alone is named, and where it stands."""
    result = isolation(
        f"""
def visit_news(client, token):
    return client.get("{path}")

def test_polls(flask_ctx_isolation):
    flask_ctx_isolation(visit_news)
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E   *IsolationError: the visit visit_news never ends alone",
            "E * visitor A stands at:",
            f"E * test_shop.py:{line} in *",
        ]
    )


def test_an_endless_stream_is_inconclusive(isolation):
    """It is read up to a bound, and the request is named."""
    result = isolation(
        """
def test_endless(flask_ctx_isolation):
    result = flask_ctx_isolation(lambda client, token: client.get("/endless"))
    assert result.reason == "the stream of GET /endless (endpoint 'endless') has no end"
"""
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize("testing", [True, False], ids=["testing", "answers 500"])
def test_an_error_of_the_visits_own_is_its_own(isolation, testing):
    """A view that raises by itself fails the test with that very error, which is no bleed."""
    result = isolation(
        f"""
def test_raises(flask_ctx_isolation):
    shop.testing = {testing}
    flask_ctx_isolation(lambda client, token: client.get("/boom"))
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(['>       raise KeyError("mine")', "E       KeyError: 'mine'"])
    assert "FCX401" not in result.stdout.str()
    assert "pytest_flaskctx/isolation" not in result.stdout.str()


def test_a_pool_that_waits_for_another_participant_is_explored_through(isolation):
    """Its worker waits for a lock that a parked participant holds: that is blocking, and no finding."""
    result = isolation(
        """
def test_pooled(flask_ctx_isolation):
    result = flask_ctx_isolation(lambda client, token: client.get(f"/pooled/{token}"))
    assert result.isolated
"""
    )
    result.assert_outcomes(passed=1)


def test_a_lock_around_all_is_inconclusive(isolation):
    """Where requests can never overlap nothing is known, and the lock is named."""
    result = isolation(
        """
def test_locked(flask_ctx_isolation):
    result = flask_ctx_isolation(lambda client, token: client.get(f"/locked/{token}"))
    assert result.verdict == "inconclusive"
    assert result.reason == (
        "the requests never overlapped: test_shop.one keeps them apart"
    )
"""
    )
    result.assert_outcomes(passed=1)


def test_a_view_without_lines_is_inconclusive(isolation):
    """A file that Flask sends has no line of the user's."""
    result = isolation(
        """
def test_static(flask_ctx_isolation):
    result = flask_ctx_isolation(lambda client, token: client.get("/static/none.css"))
    assert result.reason.startswith("the requests never overlapped: none of their lines")
"""
    )
    result.assert_outcomes(passed=1)


def test_time_that_ends_is_no_structural_reason(isolation):
    """A cap on the time is told, and fails nothing in strict mode either."""
    result = isolation(
        """
def test_short(flask_ctx_isolation):
    result = flask_ctx_isolation(visit_right, max_seconds=1e-9)
    assert (result.verdict, result.reason) == ("inconclusive", "the time ended")
    assert not result.structural
""",
        "--flaskctx=strict",
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "flaskctx: 1 exploration undecided",
            "    warning  *  FCX401 request-bleed: isolation could not be told: the time ended",
        ]
    )


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("", "flask_ctx_isolation: no visit is given; give functions visit(client, token)"),
        ("3", "flask_ctx_isolation(visits=): 3 is not possible; give functions visit(*"),
        ("visit, app=3", "flask_ctx_isolation(app=): 3 is not possible; give a Flask application*"),
        (
            "visit, copies=1",
            "flask_ctx_isolation(copies=): 1 is not possible; give a number from 2*",
        ),
        (
            "visit, oracle='x'",
            "flask_ctx_isolation(oracle=): 'x' is not possible; give 'token' or*",
        ),
        ("visit, expect=1", "flask_ctx_isolation(expect=): 1 is not possible; give a function*"),
        ("visit, shared='('", "flask_ctx_isolation(shared=): '(' is not possible; give a regular*"),
        ("visit, max_seconds=0", "flask_ctx_isolation(max_seconds=): 0 is not possible; *"),
    ],
)
def test_an_argument_that_cannot_be_meant_is_named(isolation, call, said):
    """One line names it and says what is allowed."""
    result = isolation(f"\ndef test_bad(flask_ctx_isolation):\n    flask_ctx_isolation({call})\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"E   *SettingsError: {said}"])


def test_without_a_fixture_app_it_asks_for_one(pytester):
    """Nothing is guessed: the argument and the fixture are named."""
    pytester.makepyfile("def test_it(flask_ctx_isolation): flask_ctx_isolation(lambda c, t: None)")
    result = pytester.runpytest_subprocess()
    result.stdout.fnmatch_lines(["E   *flask_ctx_isolation: there is no fixture 'app'; give app=*"])


def test_an_exploration_within_a_visit_is_refused(isolation):
    """One at a time can explore."""
    result = isolation(
        """
def test_nested(flask_ctx_isolation):
    flask_ctx_isolation(lambda client, token: flask_ctx_isolation(visit_right))
"""
    )
    result.stdout.fnmatch_lines(["E   *IsolationError: *within a visit; one at a time can explore"])


def test_such_a_test_has_a_timeout(isolation):
    """Unless it has one of its own: by marker, or for the whole suite."""
    tests = """
def test_default(flask_ctx_isolation, request):
    assert request.node.get_closest_marker("timeout").args == (60.0,)

@pytest.mark.timeout(7)
def test_own(flask_ctx_isolation, request):
    assert request.node.get_closest_marker("timeout").args == (7,)

def test_other(request):
    assert request.node.get_closest_marker("timeout") is None
"""
    isolation(tests).assert_outcomes(passed=3)
    suites = """
def test_suites(flask_ctx_isolation, request):
    assert request.node.get_closest_marker("timeout") is None
"""
    isolation(suites, ini="timeout = 90").assert_outcomes(passed=1)
    longer = suites.replace("is None", ".args == (90.5,)").replace(") .", ").")
    isolation(longer, ini="flaskctx_isolation_timeout = 90.5").assert_outcomes(passed=1)
    isolation(suites, "-p", "no:timeout").assert_outcomes(passed=1)


def test_a_bad_timeout_is_a_usage_error(isolation):
    """The ini option is named, with what it may be."""
    result = isolation(BLEEDS, ini="flaskctx_isolation_timeout = soon")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: ini option flaskctx_isolation_timeout: *soon*"])


LIBRARY = """
current = None

def greeting(name):
    global current
    current = name
    text = "Hello"
    return f"{text} {current}"
"""
GREETS = """
@shop.get("/greet")
def greet():
    import acme
    return acme.greeting(request.args["t"])

def test_greet(flask_ctx_isolation):
    def visit(client, token):
        return client.get("/greet", query_string={"t": token})
    flask_ctx_isolation(visit)
"""


def test_a_librarys_lines_are_stepped_through_if_asked_for(isolation, pytester):
    """What bleeds between two of them is out of reach else; the holder is named."""
    folder = pytester.mkdir("site-packages")
    folder.joinpath("acme.py").write_text(LIBRARY)
    path = "pythonpath = site-packages"
    isolation(GREETS, ini=path).assert_outcomes(passed=1)
    asked = f"{path}\nflaskctx_isolation_modules = acme"
    result = isolation(GREETS, ini=asked)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "site-packages/acme.py:8: in greeting",
            "read here, most likely:",
            "between them it lay in: module global `acme.current`",
        ]
    )


def test_a_module_that_a_visit_imports_is_followed_all_the_same(isolation, pytester):
    """Views import what would else go round in circles; what bled is named, and replayed."""
    pytester.makepyfile(acme=LIBRARY)
    result = isolation(GREETS)
    result.assert_outcomes(failed=1)
    told = "between them it lay in: module global `acme.current`"
    result.stdout.fnmatch_lines(["acme.py:7: in greeting", told])
    (token,) = re.findall(r"--flaskctx-replay=(\S+)", result.stdout.str())
    again = isolation(GREETS, f"--flaskctx-replay={token}")
    again.assert_outcomes(failed=1)
    again.stdout.fnmatch_lines([told])


def test_a_library_that_is_not_there_is_an_error(isolation):
    """The ini option is named: one that cannot be meant before anything is run, the other in its test."""
    result = isolation(BLEEDS, ini="flaskctx_isolation_modules = acme-accounts")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: ini option flaskctx_isolation_modules: 'acme-accounts' is *"]
    )
    result = isolation(BLEEDS, ini="flaskctx_isolation_modules = acme_accounts")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["E *ini option flaskctx_isolation_modules: 'acme_accounts' cannot be imported: Mod*"]
    )


SAYS = """
import logging

@shop.get("/said")
def said():
    global current_user
    current_user = request.args["t"]
    print("it was printed")
    logging.getLogger("shop").warning("it was logged")
    return f"Hello {current_user}"

def test_said(flask_ctx_isolation, caplog):
    print("before it")
    logging.getLogger("shop").warning("logged before")
    def visit(client, token):
        return client.get("/said", query_string={"t": token})
    try:
        flask_ctx_isolation(visit)
    finally:
        print("after it")
        assert len(caplog.records) == 3
"""


@pytest.mark.parametrize("capture", ["fd", "sys"])
def test_what_the_last_schedule_said_is_shown(isolation, capture):
    """Not what hundreds of them did; what the test itself said stands around it."""
    result = isolation(SAYS, f"--capture={capture}")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*FCX401*", "before it", *["it was printed"] * 2, "after it", "*logged before*"]
    )
    said = result.stdout.str().partition("Captured stdout call")[2]
    assert said.count("it was printed") == 2
    assert said.count("it was logged") == 2


def test_a_reset_may_clear_the_logs(isolation):
    """What the test logged before is gone then, as it wanted; what the last schedule did is there."""
    says = SAYS.replace(
        "flask_ctx_isolation(visit)", "flask_ctx_isolation(visit, reset=caplog.clear)"
    )
    says = says.replace("len(caplog.records) == 3", "len(caplog.records) == 2")
    result = isolation(says)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*FCX401*"])
    assert result.stdout.str().partition("Captured log")[2].count("it was logged") == 2


def test_all_is_shown_where_nothing_is_captured(isolation):
    """Logs are; that is another option."""
    result = isolation(SAYS, "-s")
    result.assert_outcomes(failed=1)
    assert result.stdout.str().count("it was printed") > 2
    assert result.stdout.str().count("WARNING  shop:test_shop.py:") == 3


def test_an_error_of_a_visits_own_is_shown_with_what_it_said(isolation):
    """And nobody needs pytest's own plugins for it."""
    fails = SAYS.replace("return f", "raise LookupError  # f").replace(", caplog", "")
    fails = fails.replace("assert len(caplog.records) == 3", "pass")
    result = isolation("shop.testing = True\n" + fails)
    result.assert_outcomes(failed=1)
    assert result.stdout.str().partition("Captured stdout")[2].count("it was printed") == 1
    result = isolation(
        "shop.testing = True\n" + fails,
        "-p",
        "no:logging",
        "-p",
        "no:capture",
        "-p",
        "no:faulthandler",
    )
    result.assert_outcomes(failed=1)


def test_a_debugger_switches_exploration_off(isolation):
    """Under a tracing debugger each visit is paid once, and the report says why."""
    result = isolation(
        """
import bdb
import sys

def test_debugged(flask_ctx_isolation):
    before = sys.gettrace()
    debugger = bdb.Bdb()
    debugger.reset()
    sys.settrace(debugger.trace_dispatch)
    try:
        result = flask_ctx_isolation(visit)
    finally:
        sys.settrace(before)
    assert result.reason == "a debugger is at work (bdb)"
"""
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["flaskctx: 1 exploration undecided"])


@pytest.mark.skipif(sys.version_info < (3, 12), reason="there is no sys.monitoring")
def test_a_debugger_that_is_told_of_lines_switches_it_off_too(isolation):
    """Be it one that traces nothing, and is known by its number only."""
    result = isolation(
        """
import sys

def test_debugged(flask_ctx_isolation):
    sys.monitoring.use_tool_id(sys.monitoring.DEBUGGER_ID, "stepper")
    try:
        result = flask_ctx_isolation(visit)
    finally:
        sys.monitoring.free_tool_id(sys.monitoring.DEBUGGER_ID)
    assert result.reason == "a debugger is at work (stepper)"
"""
    )
    result.assert_outcomes(passed=1)


def test_everything_is_put_back(isolation):
    """State, locks, sleep and threads are as before, also where something bled."""
    result = isolation(
        """
def test_back(flask_ctx_isolation):
    import _thread
    before = (threading.Lock, threading.RLock, threading._allocate_lock, time.sleep)
    start, lock, threads = threading.Thread.start, one, threading.active_count()
    with pytest.raises(ContextBleedError):
        flask_ctx_isolation(visit)
    assert (threading.Lock, threading.RLock, threading._allocate_lock, time.sleep) == before
    assert threading.Thread.start is start
    assert one is lock and type(one) is _thread.LockType
    assert current_user is None
    assert threading.active_count() == threads
"""
    )
    result.assert_outcomes(passed=1)


def test_a_factory_makes_the_app_anew(isolation):
    """For each schedule there is another application, whose state begins anew."""
    result = isolation(
        """
def make():
    app, seen = Flask("made"), []
    @app.get("/<name>")
    def see(name):
        seen.append(name)
        if len(seen) > 2:
            raise AssertionError("not made anew")
        return name
    made.append(app)
    return app

made = []

def test_factory(flask_ctx_isolation):
    result = flask_ctx_isolation(lambda client, token: client.get(f"/{token}"), app=make)
    assert result.isolated
"""
    )
    result.assert_outcomes(passed=1)


def test_unlike_visits_meet_each_other(isolation):
    """A writer and a reader: the reader gets what the writer wrote, be it in serial order."""
    result = isolation(
        """
def read(client, token):
    return client.get("/profile")

def test_pair(flask_ctx_isolation):
    flask_ctx_isolation(visit, read)
""",
        "--flaskctx-report",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*has data of visitor ?, *"])


def test_what_all_may_see_is_no_bleed(isolation):
    """A guestbook names what its guests see of each other."""
    result = isolation(
        """
entries = []

@shop.post("/sign")
def sign():
    entries.append(request.form["name"])
    return {"entries": list(entries), "thanks": request.form["name"]}

ENTRIES = r'"entries":.*?[]]'

def visit_book(client, token):
    return client.post("/sign", data={"name": token})

@pytest.mark.parametrize("shared", ["$.entries", ENTRIES, lambda text: ""])
def test_book(flask_ctx_isolation, shared):
    assert flask_ctx_isolation(visit_book, shared=shared).isolated

def test_not_said(flask_ctx_isolation):
    flask_ctx_isolation(visit_book)
"""
    )
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*has data of visitor A, after another request",
            '*flask_ctx_isolation(visit, shared=r"...")',
        ]
    )


def test_a_lost_update_is_found_by_the_serial_oracle(isolation):
    """Two visits that both count get one number in no order of whole requests."""
    result = isolation(
        """
total = 0

@shop.post("/give")
def give():
    global total
    now = total
    total = now + 1
    return str(total)

def test_lost(flask_ctx_isolation):
    flask_ctx_isolation(lambda client, token: client.post("/give"), oracle="serial")

def test_token(flask_ctx_isolation):
    assert flask_ctx_isolation(lambda client, token: client.post("/give")).isolated
"""
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*is as in no order of whole requests",
            "*A reads it at test_shop.py:*, B writes at test_shop.py:*",
            "*why: Two users who come at the same time undo each other's work, or see it half*",
            "*fix: Hold one lock from the first read, or the check, to what depends on it; or",
        ]
    )


def test_the_users_own_check_is_a_bleed_where_only_company_breaks_it(isolation):
    """``expect`` sees what the visit returned, whole, with its token."""
    result = isolation(
        """
def test_expected(flask_ctx_isolation):
    flask_ctx_isolation(visit_right, expect=lambda response, token: token in response.text)

def test_unexpected(flask_ctx_isolation):
    def check(response, token):
        assert response.text == f"Hello {token}", "somebody else's"
    flask_ctx_isolation(visit, expect=check, shared=".+")

def test_wrong_by_itself(flask_ctx_isolation):
    flask_ctx_isolation(visit_right, expect=lambda response, token: False)
"""
    )
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        [
            "*what the visit returned, for visitor A, is not as",
            "*AssertionError: expect() returned False for a visit alone",
        ]
    )


def test_state_outside_is_put_back_by_the_user(isolation):
    """``reset`` is called before each schedule."""
    result = isolation(
        """
def test_reset(flask_ctx_isolation):
    calls = []
    result = flask_ctx_isolation(visit_right, reset=lambda: calls.append(1), max_schedules=20)
    assert len(calls) == result.schedules
"""
    )
    result.assert_outcomes(passed=1)


def test_coverage_loses_nothing(pytester):
    """A coverage tool that uses the interpreter's hooks as well sees every line of the app."""
    pytest.importorskip("coverage")
    pytester.makepyfile(
        app_of_mine="""
            from flask import Flask, request

            app = Flask(__name__)

            @app.get("/<name>")
            def greet(name):
                told = [part
                        for part in ("Hello", name)]
                if not told:
                    return ""
                return " ".join(told)
        """,
        test_mine="""
            from app_of_mine import app

            def test_it(flask_ctx_isolation):
                result = flask_ctx_isolation(lambda c, t: c.get(f"/{t}"), app=app)
                assert result.isolated
        """,
    )
    data = ("--data-file=mine.cov", "--include=*app_of_mine.py")
    result = pytester.run(sys.executable, "-m", "coverage", "run", *data, "-m", "pytest", "-q")
    result.assert_outcomes(passed=1)
    report = pytester.run(sys.executable, "-m", "coverage", "report", "-m", "--data-file=mine.cov")
    report.stdout.fnmatch_lines(["app_of_mine.py * 1 * 10"])


def test_profilers_see_what_they_would(isolation):
    """One that is told of the calls of new threads hears of each view."""
    result = isolation(
        """
import cProfile
import pstats

def test_profiled(flask_ctx_isolation):
    seen = []

    def profile(frame, event, argument):
        if frame.f_code is right.__code__ and event == "call":
            seen.append(event)

    threading.setprofile(profile)
    try:
        result = flask_ctx_isolation(visit_right, max_schedules=20)
    finally:
        threading.setprofile(None)
    assert result.isolated and len(seen) > 20

    profiler = cProfile.Profile()
    profiler.enable()
    assert flask_ctx_isolation(visit_right, max_schedules=20).isolated
    profiler.disable()
    assert pstats.Stats(profiler).total_calls > 100
"""
    )
    result.assert_outcomes(passed=1)


def test_what_is_explored_is_not_drawn(pytester, isolation):
    """A page tells a bleed by its steps; the requests of hundreds of schedules are no picture."""
    isolation(BLEEDS, "--flaskctx-html=out.html")
    page = (pytester.path / "out.html").read_text()
    assert "visitor A" in page
    assert "<svg" not in page
    assert len(page) < 200_000
