"""What a suite may say, and which word counts."""

from __future__ import annotations

import pytest

LEAK = "def test_one(client): client.get('/leak')"
GUARD = "def test_one(client): client.get('/guard')"
STRICT = "@pytest.mark.flask_ctx_strict\n"
LATER = """
@pytest.fixture(autouse=True)
def careful(request): request.applymarker("flask_ctx_strict")
"""


@pytest.mark.parametrize(
    ("source", "args", "failed"),
    [
        (LEAK, ("--flaskctx=fail",), True),
        (LEAK, ("--flaskctx=warn",), False),
        (LEAK, ("--flaskctx=off",), False),
        (LEAK, ("-o", "flaskctx=warn"), False),
        (LEAK, ("-o", "flaskctx=warn", "--flaskctx=fail"), True),
        (LEAK, ("-o", "flaskctx=strict", "--flaskctx=warn"), False),
        (GUARD, (), False),
        (GUARD, ("--flaskctx=strict",), True),
        (STRICT + GUARD, (), True),
        (LATER + GUARD, (), True),
        (STRICT + GUARD, ("--flaskctx=warn",), False),
        (STRICT + GUARD, ("--flaskctx=off",), False),
        (GUARD, ("-o", "flaskctx_rules=FCX102 = fail"), True),
        (STRICT + GUARD, ("-o", "flaskctx_rules=unbound-guard = off"), False),
        (LEAK, ("-o", "flaskctx_rules=unbound-access = warn"), False),
        (LEAK, ("-o", "flaskctx_rules=FCX101 = strict"), False),
        (LEAK, ("-o", "flaskctx_rules=FCX101 = strict", "--flaskctx=strict"), True),
        (LEAK, ("-o", "flaskctx_allow=FCX101 : shop.py::work : ticket 12"), False),
        (LEAK, ("-o", "flaskctx_allow=FCX101 : shop.py::other : ticket 12"), True),
        (LEAK, ("-o", "flaskctx_allow=FCX102 : shop.py : ticket 12"), True),
        ("@pytest.mark.flask_ctx_allow('FCX101', reason='x')\n" + LEAK, (), False),
        ("@pytest.mark.flask_ctx_allow('FCX102', reason='x')\n" + LEAK, (), True),
        (
            "pytestmark = pytest.mark.flask_ctx_allow('unbound-access', reason='x')\n" + LEAK,
            (),
            False,
        ),
    ],
)
def test_who_decides(run, source, args, failed):
    """Command line over ini; off and warn are ceilings; markers raise or allow; rules move."""
    result = run(source, *args, in_process=True)
    result.assert_outcomes(**{"failed" if failed else "passed": 1})
    assert result.ret == int(failed)


@pytest.mark.parametrize(
    ("ini", "args", "failed"),
    [
        ("fail", (), True),
        ("fail", ("--flaskctx=off",), False),
        ("off", (), False),
        ("off", ("--flaskctx=fail",), True),
    ],
)
def test_plugin_that_a_conftest_file_names(pytester, run, monkeypatch, ini, args, failed):
    """A plugin that is loaded only with a conftest file obeys the same words."""
    monkeypatch.delenv("PYTEST_ADDOPTS")
    pytester.makeconftest('pytest_plugins = ["pytest_flaskctx.plugin"]')
    result = run(LEAK, "-o", f"flaskctx={ini}", *args)
    result.assert_outcomes(**{"failed" if failed else "passed": 1})


@pytest.mark.parametrize("mode", ["off", "warn"])
def test_strict_suites_may_switch_it_off(run, mode):
    """Options and markers stay known to a strict suite whatever the mode."""
    result = run(
        STRICT + "@pytest.mark.flask_ctx_allow('FCX101', reason='x')\n" + LEAK,
        "--strict-markers",
        "--strict-config",
        f"--flaskctx={mode}",
        "-W",
        "error",
        in_process=True,
    )
    result.assert_outcomes(passed=1)


def test_report_of_allowances(run):
    """The report lists what was allowed with its reason, and which allowance met nothing."""
    result = run(
        LEAK,
        "--flaskctx-report",
        "-o",
        "flaskctx_allow=FCX101 : shop.py : ticket 12\n FCX102 : gone.py : ticket 13",
        in_process=True,
    )
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "--- allowed: 1 ---",
            "allowed: ticket 12",
            "allowances that met nothing:",
            "    FCX102 : gone.py : ticket 13 (ini option flaskctx_allow)",
        ]
    )


def test_report_of_a_clean_run(run):
    """With --flaskctx-report a clean run shows that it looked."""
    result = run("def test_one(client): client.get('/right')", "--flaskctx-report", in_process=True)
    result.stdout.fnmatch_lines(["flaskctx: no context leaks (* hand-over* observed)"])


def test_veto(pytester, run):
    """A suite's hook sees each finding and drops it by returning False, and by nothing else."""
    pytester.makeconftest(
        """
        def pytest_flaskctx_finding(finding):
            print("SAW", finding.code, finding.file)
            return False if finding.proxy == "request" else None
        """
    )
    result = run("def test_one(client): client.get('/two')", "-s", "--flaskctx-json=out.json")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*SAW FCX101 shop.py", "E   FCX101 *`g`*"])
    result.stdout.no_fnmatch_line("E   FCX101 *`request`*")


MONITOR = """
    def test_findings(client, flask_ctx_monitor):
        client.get("/leak")
        flask_ctx_monitor.drain()
        assert [each.code for each in flask_ctx_monitor.findings] == ["FCX101"]

    def test_expect(client, flask_ctx_monitor):
        with flask_ctx_monitor.expect("unbound-access") as caught:
            client.get("/leak")
        assert all(each.proxy == "request" for each in caught.findings)

    def test_expect_tells_what_it_caught(client, flask_ctx_monitor):
        with flask_ctx_monitor.expect("FCX101") as caught:
            client.get("/leak")
        assert len(caught.findings) == 1

    def test_expect_guard(client, flask_ctx_monitor):
        with flask_ctx_monitor.expect("FCX102"):
            client.get("/guard")

    def test_allow(client, flask_ctx_monitor):
        with flask_ctx_monitor.allow("FCX101", reason="known"):
            client.get("/leak")

    def test_expect_nothing_came(client, flask_ctx_monitor):
        with flask_ctx_monitor.expect("FCX101"):
            client.get("/right")

    def test_expect_something_else(client, flask_ctx_monitor):
        with flask_ctx_monitor.expect("FCX102"):
            client.get("/guard")
            client.get("/leak")

    def test_leak_after_block(client, flask_ctx_monitor):
        with flask_ctx_monitor.expect("FCX101"):
            client.get("/leak")
        client.get("/leak")

    def test_no_such_rule(flask_ctx_monitor):
        with flask_ctx_monitor.expect("FCX999"):
            pass

    def test_no_reason(flask_ctx_monitor):
        with flask_ctx_monitor.allow("FCX101", reason=" "):
            pass
"""


def test_monitor(run):
    """The fixture finds, drains, expects and allows; each failure of it says what was wrong."""
    result = run(MONITOR, in_process=True)
    result.assert_outcomes(passed=4, failed=6)
    text = result.stdout.str()
    for name in ("findings", "leak_after_block"):
        assert f"FAILED test_shop.py::test_{name} - FCX101" in text
    for words in (
        "the block did not leak FCX101",
        "the block leaked something else:",
        "flask_ctx_monitor.expect: 'FCX999' is no rule",
        "flask_ctx_monitor.allow: reason=' ' is no reason",
    ):
        assert words in text


def test_monitor_when_off(run):
    """Where the plugin is off the fixture watches nothing and asserts nothing."""
    result = run(
        MONITOR, "--flaskctx=off", "-k", "(expect or allow or block) and not tells", in_process=True
    )
    result.assert_outcomes(passed=6, deselected=4)


def test_fixture_help(run):
    """``pytest --fixtures`` tells in one line what the fixture is."""
    result = run("", "--fixtures", in_process=True)
    result.stdout.fnmatch_lines(["flask_ctx_monitor*", "    Monitor of the Flask context leaks*"])
