"""A test that leaks fails: in which phase, with which error, and what becomes of its own."""

from __future__ import annotations

import json

import pytest

TOO = "*flaskctx: the test leaked a context, too*"
LEAK = "FCX101 unbound-access: `request`"


def told(result: pytest.RunResult, text: str = "used here:") -> int:
    """Return how often a text stands in the failures of a run."""
    return result.stdout.str().count(text)


def test_a_leak_fails_the_call_with_our_error(pytester, run):
    """A swallowed leak fails the call phase with ContextLeakError, and shows all three places."""
    pytester.makeconftest(
        """
        import pytest

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_makereport(item, call):
            if call.excinfo is not None:
                error = call.excinfo.value
                codes = [finding.code for finding in error.findings]
                print("SEEN", call.when, type(error).__name__, codes)
            return (yield)
        """
    )
    result = run("def test_one(client): assert client.get('/leak').text == 'queued'", "-s")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*SEEN call ContextLeakError [[]'FCX101'[]]",
            "shop.py:*: in work, thread 'ThreadPoolExecutor-*",
            f"E   {LEAK} used in a thread that has no request*",
            "used here:",
            ">       return request.method",
            "               ^^^^^^^^^^^^^^",
            "handed over here, by submit(), while serving GET /leak (endpoint 'leak'):",
            ">   pool.submit(work)",
            "    called from test_shop.py:* in test_one",
            "fix: Read the value in `leak` and pass it to `work`:",
            "more: pytest --flaskctx-explain FCX101",
        ]
    )


def test_right_code_passes_in_silence(run):
    """Where nothing leaks, the plugin says nothing and changes no outcome."""
    result = run("def test_one(client): assert client.get('/right').text == 'get'")
    result.assert_outcomes(passed=1)
    started = next(n for n, line in enumerate(result.outlines) if line.startswith("test_shop.py"))
    assert "flaskctx" not in "\n".join(result.outlines[started:])
    assert result.ret == 0


def test_own_error_stays_first(run):
    """A test that fails by itself keeps its error; the leak is a section of its report."""
    result = run(
        """
        def test_one(client):
            client.get("/leak")
            assert 1 == 2
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E       assert 1 == 2", TOO, f"{LEAK} *", "fix: *"])
    result.stdout.fnmatch_lines(["FAILED test_shop.py::test_one - assert 1 == 2"])


def test_own_error_that_is_the_leak_is_told_once(run):
    """An error raised out of ``future.result()`` is explained by ours, not told beside it."""
    result = run("def test_one(client): client.get('/result')")
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line(TOO)
    result.stdout.no_fnmatch_line("*Working outside of request context*")
    assert told(result) == 1


def test_error_that_only_has_the_leak_as_its_context_is_the_tests_own(run):
    """An assertion that fails while a leak's error is handled is an error of its own."""
    result = run(
        """
        def test_one(client):
            try:
                client.get("/result")
            except RuntimeError:
                assert 1 == 2
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 1 == 2*", TOO])


@pytest.mark.parametrize("what", ["error", "error::pytest.PytestUnhandledThreadExceptionWarning"])
@pytest.mark.parametrize("paths", [["/joined"], ["/thread"], ["/joined", "/joined"]], ids=str)
def test_unhandled_thread_exception_is_told_once(run, paths, what):
    """Under -W error the threads that died of a leak fail their test once, whenever they ended."""
    result = run(
        f"""
        def test_one(client):
            for path in {paths}: client.get(path)
        def test_two(): pass
        """,
        "-W",
        what,
    )
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.no_fnmatch_line("*PytestUnhandledThreadExceptionWarning*")
    assert told(result) == 1


@pytest.mark.parametrize("view", ["/joined", "/swallowed"])
def test_unhandled_thread_exception_that_has_only_a_text(run, view):
    """Before 8.4 pytest knew of a thread's error only the text; that of a leak is told once."""
    result = run(
        f"""
        import traceback

        def swallow():
            try: work()
            except Exception: pass
            raise ValueError("own")

        def test_one(monkeypatch):
            died = []
            app = make_app()
            @app.get("/swallowed")
            def swallowed():
                worker = threading.Thread(target=swallow)
                worker.start()
                worker.join()
                return ""
            monkeypatch.setattr(threading, "excepthook", died.append)
            app.test_client().get({view!r})
            (args,) = died
            text = "".join(traceback.format_exception(*args[:3]))
            raise pytest.PytestUnhandledThreadExceptionWarning("Exception in thread\\n\\n" + text)
        """,
        in_process=True,
    )
    result.assert_outcomes(failed=1)
    assert told(result) == 1
    own = "E*PytestUnhandledThreadExceptionWarning: Exception in thread"
    if view == "/joined":
        result.stdout.no_fnmatch_line(own)
    else:
        result.stdout.fnmatch_lines([own, "*ValueError: own", TOO])


def test_unhandled_thread_exception_beside_an_own_error(run):
    """A thread that ended in the drain is not told again as an error of the teardown."""
    result = run(
        """
        def test_one(client):
            client.get("/thread")
            assert 1 == 2
        """,
        "-W",
        "error",
    )
    result.assert_outcomes(failed=1)
    assert told(result) == 1


def test_unhandled_thread_exception_of_something_else_remains(run):
    """An exception of a thread that is no leak stays pytest's own matter."""
    result = run(
        """
        def test_one(client):
            client.get("/leak")
            thread = threading.Thread(target=lambda: 1 / 0)
            thread.start()
            thread.join()
        """,
        "-W",
        "error",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*ZeroDivisionError*", TOO])


XFAILS = {
    "plain": ("@pytest.mark.xfail", "assert 0", "xfailed"),
    "plain, only the leak": ("@pytest.mark.xfail", "", "xfailed"),
    "strict": ("@pytest.mark.xfail(strict=True)", "assert 0", "xfailed"),
    "something else": ("@pytest.mark.xfail(raises=KeyError)", "{}['x']", "failed"),
    "something else, not raised": ("@pytest.mark.xfail(raises=KeyError)", "", "failed"),
    "ours": ("@pytest.mark.xfail(raises=pytest_flaskctx.ContextLeakError)", "", "xfailed"),
    "the leak's own": ("@pytest.mark.xfail(raises=RuntimeError)", "get('/result')", "xfailed"),
    "condition that is false": ("@pytest.mark.xfail(False, reason='')", "assert 0", "failed"),
    "called": ("", "pytest.xfail('known')", "xfailed"),
    "skip": ("", "pytest.skip('too slow')", "failed"),
}


@pytest.mark.parametrize("case", XFAILS)
def test_xfail_and_skip(run, case):
    """``xfail`` hides a leak where it may be meant; one for another error, and a skip, do not."""
    mark, body, outcome = XFAILS[case]
    path = "/right" if "own" in case else "/leak"
    result = run(
        f"""
        import pytest_flaskctx
        {mark}
        def test_one():
            get({path!r})
            {body or "pass"}
        """,
        in_process=True,
    )
    result.assert_outcomes(**{outcome: 1})
    assert result.ret == (1 if outcome == "failed" else 0)


def test_xfail_for_an_exception_group(run):
    """The matchers that newer versions of pytest take for ``raises`` are asked, too."""
    pytest.importorskip("pytest", minversion="8.4")
    result = run(
        """
        @pytest.mark.xfail(raises=pytest.RaisesExc(KeyError))
        def test_one(client):
            client.get("/leak")
            {}["x"]
        """,
        in_process=True,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"E   {LEAK}*"])


def test_runxfail(run):
    """Under --runxfail the marker says nothing: the test's own error stays first."""
    result = run(
        """
        @pytest.mark.xfail(raises=KeyError)
        def test_one(client):
            client.get("/leak")
            {}["x"]
        """,
        "--runxfail",
        in_process=True,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*KeyError*", TOO])


def test_setup_and_teardown(run):
    """A leak of a fixture is an error of that phase, once, and is said to be of it."""
    result = run(
        """
        @pytest.fixture
        def early():
            get("/leak")
            settle()

        @pytest.fixture
        def after():
            yield
            get("/leak")
            settle()

        def test_setup(early): pass
        def test_teardown(after): pass
        """
    )
    result.assert_outcomes(passed=1, errors=2)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at setup of test_setup*",
            "in the setup of its test",
            "*ERROR at teardown of test_teardown*",
            "in the teardown of its test",
        ]
    )


def test_work_that_teardown_handed_over_is_waited_for(run):
    """The drain also follows a teardown that makes requests of its own."""
    result = run(
        """
        import time

        @pytest.fixture
        def after():
            yield
            get("/thread")

        def test_one(after): pass
        """
    )
    result.assert_outcomes(passed=1, errors=1)


def test_several_leaks_are_grouped_and_counted(run):
    """All leaks of a test are told, one a site with its count, what was seen most first."""
    result = run("def test_one(client): client.get('/two')", "--flaskctx-report")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E   FCX101 *`request`*",
            "seen 3 times",
            "E   FCX101 *`g`*",
            "flaskctx: 2 leak sites in 1 test: 2 errors",
        ]
    )
    assert told(result) == 4, "twice in the failure, twice in the report"


def test_certain_before_risky(run):
    """What is certain stands before what is only risky, whatever came first."""
    result = run(
        """
        @pytest.mark.flask_ctx_strict
        def test_one(client):
            client.get("/guard")
            client.get("/guard")
            client.get("/leak")
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E   FCX101*", "E   FCX102*"])


def test_six_failing_tests_get_advice_to_adopt(run):
    """More than five tests that fail through us add how to adopt; five do not."""
    source = """
        @pytest.mark.parametrize("n", range({}))
        def test_one(client, n): client.get("/leak")
    """
    advice = "*--flaskctx=warn reports and fails nothing*"
    run(source.format(5), in_process=True).stdout.no_fnmatch_line(advice)
    run(source.format(6), in_process=True).stdout.fnmatch_lines([advice])


def test_exit_first(run):
    """A leak counts for -x like any failure."""
    result = run(
        """
        def test_one(client): client.get("/leak")
        def test_two(): pass
        """,
        "-x",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*stopping after 1 failures*"])


def test_expected_by_the_test(run):
    """A leak whose error the test asserts is the test's subject, and does not fail it."""
    result = run(
        """
        import unittest

        def test_one(client):
            with pytest.raises(RuntimeError, match="request context"):
                client.get("/result")

        class TestTwo(unittest.TestCase):
            def test_two(self):
                with self.assertRaises(RuntimeError):
                    get("/result")
        """,
        "--flaskctx-report",
    )
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*expected by tests: 1*"])


def test_expected_is_what_ends_there(run):
    """A leak's error that ``pytest.raises`` lets through was not expected."""
    result = run(
        """
        def test_one(client):
            with pytest.raises(KeyError):
                client.get("/result")
        """,
        in_process=True,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"E   {LEAK}*"])


GROUPS = {
    "leaks": ("raise ExceptionGroup('both', [error, error])", 1),
    "leaks, nested": ("raise ExceptionGroup('both', [error, ExceptionGroup('in', [error])])", 1),
    "a leak and more": ("raise ExceptionGroup('both', [error, KeyError('own')])", 0),
}


@pytest.mark.parametrize("case", GROUPS)
def test_group_of_errors(run, case):
    """A group that holds nothing but leaks is told as the leaks; any other stays first."""
    body, ours = GROUPS[case]
    result = run(
        f"""
        def test_one(client):
            try:
                client.get("/result")
            except RuntimeError as caught:
                error = caught
            {body}
        """,
        in_process=True,
    )
    result.assert_outcomes(failed=1)
    assert told(result) == 1
    assert ("leaked a context, too" not in result.stdout.str()) is bool(ours)
    assert ("ExceptionGroup: both" not in result.stdout.str()) is bool(ours)


@pytest.mark.parametrize("own", ["", "assert 1 == 2"], ids=["leak alone", "own error"])
@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ("report.outcome, report.longrepr = 'skipped', ('test_shop.py', 1, 'Skipped: known')",
         "skipped"),
        ("report.outcome, report.longrepr = 'passed', None", "passed"),
    ],
    ids=["skipped", "passed"],
)  # fmt: skip
def test_report_that_a_suite_rewrites(pytester, run, own, changed, outcome):
    """What a suite makes of the report of a failed test stands, and the run ends as usual."""
    pytester.makeconftest(
        f"""
        import pytest

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_makereport(item, call):
            report = yield
            if report.failed:
                {changed}
            return report
        """
    )
    result = run(
        f"""
        def test_one(client):
            client.get("/leak")
            {own or "pass"}
        """,
        "-rA",
    )
    result.assert_outcomes(**{outcome: 1})
    assert result.ret == 0
    assert "INTERNALERROR" not in result.stdout.str()
    result.stdout.fnmatch_lines(["flaskctx: 1 leak site in 1 test: 1 error"])


def test_skip_before_our_hooks(pytester, run):
    """A test that a nested conftest file skips around us is skipped, and the next one judged."""
    pytester.makepyfile(
        **{
            "inner/conftest": """
                import pytest

                @pytest.hookimpl(wrapper=True, tryfirst=True)
                def pytest_runtest_setup(item):
                    if item.name == "test_one":
                        pytest.skip("not today")
                    return (yield)
            """,
            "inner/test_inner": """
                from shop import get

                def test_one(): get("/leak")
                def test_two(): get("/leak")
            """,
        }
    )
    # Nor does pytest's own logging bear it.
    result = run("", "-p", "no:logging")
    result.assert_outcomes(skipped=1, failed=1)
    result.stdout.fnmatch_lines(["FAILED inner/test_inner.py::test_two - FCX101*"])


STDLIB_WORK = {
    "begun": "threading.Thread(target=gate.wait, args=(20,)).start()",
    "not begun": "pool.submit(gate.wait, 20), pool.submit(gate.wait, 21)",
}


@pytest.mark.parametrize("case", STDLIB_WORK)
def test_unfinished_work_of_the_standard_library(pytester, run, case):
    """Work without a line of the user's is shown at the line that handed it over."""
    result = run(
        f"""
        def test_one():
            app = Flask("idle")
            @app.get("/")
            def index():
                {STDLIB_WORK[case]}
                return "ok"
            app.test_client().get("/")

        def test_release(): gate.set()
        """,
        "--flaskctx=strict",
        "--flaskctx-json=out.json",
        drain=0.02,
    )
    result.assert_outcomes(passed=2, errors=1)
    result.stdout.fnmatch_lines(
        [
            "test_shop.py:9: in test_one.<locals>.index",
            "E   FCX901 unfinished-work: *",
            "handed over here, by *, while serving GET / (endpoint 'index'):",
            f">   {STDLIB_WORK[case]}",
        ]
    )
    # What runs there, and where it stands, can be told; what has not begun stands nowhere.
    standing = "still running in thread '*', in code that is not yours:"
    if case == "begun":
        result.stdout.fnmatch_lines([standing, "    */threading.py:* in Condition.wait"])
    result.stdout.no_fnmatch_line("*thread ''*")
    result.stdout.no_fnmatch_line("still running here:")
    found = json.loads((pytester.path / "out.json").read_text())["findings"]
    places = {(each["file"], each["line"], each["function"]) for each in found}
    assert places == {("test_shop.py", 9, "test_one.<locals>.index")}
    assert [each["origin"]["expression"] for each in found] == [
        each["expression"] for each in found
    ]


@pytest.mark.parametrize("args", [(), ("-n1",)], ids=["alone", "xdist"])
def test_callback_that_ran_at_once(run, args):
    """A done-callback that found its request by luck is a leak, told with the context it read."""
    result = run(
        """
        def test_one():
            app = Flask("lucky")
            @app.get("/")
            def index():
                future = pool.submit(int)
                future.result()
                future.add_done_callback(lambda _: request.method)
                return "ok"
            app.test_client().get("/")
        """,
        *args,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E   FCX101 unbound-access: `request` used in a done-callback, *",
            "the context it read: of GET / (endpoint 'index'), pushed by thread *",
            "It found a request only by luck: *",
        ]
    )


@pytest.mark.parametrize("style", ["auto", "long", "short"])
def test_an_error_of_a_fixture_is_the_suites_alone(run, style):
    """No line of ours stands between the reader and what went wrong in setup and teardown."""
    source = """
        @pytest.fixture
        def broken(): raise ValueError("mine")

        @pytest.fixture
        def left():
            yield
            raise ValueError("mine, too")

        def test_setup(broken): pass
        def test_teardown(left): pass
        def test_both(client, broken, left): client.get("/leak")
    """
    result = run(source, f"--tb={style}", in_process=True)
    result.assert_outcomes(passed=1, errors=3)
    assert "runs.py" not in result.stdout.str()
