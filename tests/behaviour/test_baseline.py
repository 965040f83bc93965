"""A suite with old leaks: known ones pass, new ones fail, gone ones are named."""

from __future__ import annotations

import json
import os
import stat

import pytest

TWO = """
    def test_one(client): client.get('/leak')
    def test_two(client): client.get('/thread')
"""
FIXED = """
    def test_one(client): client.get('/leak')
    def test_two(client): client.get('/right')
"""
KNOWN = "FCX101 shop.py::work <- make_app.<locals>.leak: request.method"
BY_THREAD = "FCX101 shop.py::work <- make_app.<locals>.thread: request.method"
HEADER = "# pytest-flaskctx baseline, version 1"
MADE = ("--flaskctx-baseline=leaks.txt", "--flaskctx-update-baseline")
USED = ("--flaskctx-baseline=leaks.txt",)


@pytest.fixture
def run(run):
    """Return a way to run tests in this process, unless they are to be distributed."""

    def quick(source, *args):
        return run(source, *args, in_process=not any(arg.startswith("-n") for arg in args))

    return quick


def name_testpaths(pytester, value):
    """Let the suite say where its tests are."""
    pytester.path.joinpath("pytest.ini").write_text(
        f"[pytest]\naddopts = -p no:cacheprovider\ntestpaths = {value}\n"
    )


def sites(folder):
    """Return the lines of the baseline that are sites."""
    lines = (folder / "leaks.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def told(result):
    """Return our own section of the report."""
    return result.stdout.str().partition("= flaskctx =")[2].partition("\n===")[0]


@pytest.mark.parametrize("ways", [(), ("-n2",)])
def test_adopting(pytester, run, ways):
    """What is there is written down and passes from then on, counted; one new leak fails alone."""
    made = run(TWO, *MADE, *ways)
    made.assert_outcomes(passed=2)
    assert made.ret == 0
    assert "leaks.txt: 2 known, 2 added, 0 removed" in told(made)
    assert sites(pytester.path) == [KNOWN, BY_THREAD]
    again = run(TWO, *USED, *ways, "--flaskctx-json=out.json")
    again.assert_outcomes(passed=2)
    assert "flaskctx: 2 known leak sites in 2 tests (leaks.txt)" in told(again)
    found = json.loads((pytester.path / "out.json").read_text())["findings"]
    assert [each["status"] for each in found] == ["known", "known"]
    assert not any(each["allowed"] for each in found)
    new = TWO + "    def test_new(client): client.get('/two')\n"
    failing = run(new, *USED, *ways)
    failing.assert_outcomes(passed=2, failed=1)
    failures = failing.stdout.str().partition("= FAILURES =")[2]
    assert "shop.py:16: in other" in failures
    assert "flaskctx: 2 new leak sites in 1 test: 2 errors" in told(failing)


@pytest.mark.parametrize("ways", [(), ("-n2",)])
def test_what_is_gone_is_named_until_it_is_taken_out(pytester, run, ways):
    """A whole run says what it did not meet, and the next update takes just that out."""
    run(TWO, *MADE)
    told_of = run(FIXED, *USED, *ways)
    told_of.assert_outcomes(passed=2)
    lines = told(told_of).splitlines()
    assert f"    {BY_THREAD}" in lines
    assert "1 known leak site gone; --flaskctx-update-baseline takes it out" in told(told_of)
    assert f"    {KNOWN}" not in lines
    assert sites(pytester.path) == [KNOWN, BY_THREAD]
    shrunk = run(FIXED, *MADE, *ways)
    assert "leaks.txt: 1 known, 0 added, 1 removed" in told(shrunk)
    assert sites(pytester.path) == [KNOWN]


PARTS = {
    "by name": (FIXED, ["-k", "test_two"]),
    "by marker": (FIXED, ["-m", "not none", "-k", "two"]),
    "deselected": (FIXED, ["--deselect", "test_shop.py::test_one"]),
    "one test": (FIXED, ["test_shop.py::test_two"]),
    "one file": (FIXED, ["test_shop.py"]),
    "stopped": ("    def test_first(): assert 0\n" + FIXED, ["-x"]),
    "collected only": (FIXED, ["--collect-only"]),
    "exited": (FIXED + "    def test_end(): pytest.exit('over', returncode=0)\n", []),
    "nothing left": (FIXED, ["-k", "none"]),
    "distributed": (FIXED, ["-n2", "-k", "test_two"]),
    "broken": (FIXED + "    raise ImportError('no such thing')\n", []),
    "other files": (FIXED, ["-o", "python_files=test_shop.py"]),
    "no such tests": (FIXED, ["-p", "no:unittest"]),
}


@pytest.mark.parametrize(("tests", "args"), PARTS.values(), ids=PARTS)
def test_a_part_of_the_suite_claims_nothing(pytester, run, tests, args):
    """Whatever left tests out, nothing is called gone, and an update takes nothing out."""
    run(TWO, *MADE)
    assert "gone" not in told(run(tests, *USED, *args))
    run(tests, *MADE, *args)
    assert sites(pytester.path) == [KNOWN, BY_THREAD]


@pytest.mark.parametrize("ways", [(), ("-n2",)])
def test_what_is_left_out_without_a_word_counts_as_left_out(pytester, run, ways):
    """Plugins that split a suite, and conftest files, may drop tests and tell nobody."""
    run(TWO, *MADE)
    pytester.makeconftest("def pytest_collection_modifyitems(items): del items[1:]\n")
    assert "gone" not in told(run(FIXED, *USED, *ways))
    said = " ".join(told(run(FIXED, *MADE, *ways)).split())
    assert "0 removed; 1 not met but kept, for a part of the suite ran" in said
    assert sites(pytester.path) == [KNOWN, BY_THREAD]


def test_stale_test_paths_are_none(pytester, run):
    """Where what they name is gone, a single test is still a part."""
    run(TWO, *MADE)
    name_testpaths(pytester, "nowhere")
    assert "gone" not in told(run(FIXED, *USED, "test_shop.py::test_one"))


def test_a_test_that_passes_when_it_is_run_again_came_to_its_end(pytester, run):
    """What failed before was told of, and is no reason to keep anything."""
    pytest.importorskip("pytest_rerunfailures")
    run(TWO, *MADE)
    flaky = (
        FIXED
        + "    seen = []\n    def test_x():\n        seen.append(1)\n        assert seen[1:]\n"
    )
    result = run(flaky, *USED, "-p", "rerunfailures", "--reruns=2")
    assert "1 known leak site gone" in told(result)


@pytest.mark.parametrize(
    "cut",
    [
        "@pytest.mark.skip\n    def test_more(client): client.get('/thread')",
        "def test_more(client): pytest.skip('not here')",
        "def test_more(client): assert 0",
        "@pytest.mark.xfail(run=False)\n    def test_more(client): client.get('/thread')",
    ],
)
@pytest.mark.parametrize("ways", [(), ("-n2",)])
def test_what_a_test_that_did_not_run_may_hold_is_kept(pytester, run, cut, ways):
    """A skipped test may be where the leak is: it is named as not met, and stays in the file."""
    run(TWO, *MADE)
    result = run(f"{FIXED}\n    {cut}\n", *USED, *ways)
    said = "1 known leak site not met (leaks.txt); kept, for 1 test failed or did not run:"
    assert said in " ".join(told(result).split())
    assert f"    {BY_THREAD}" in told(result)
    said = " ".join(told(run(f"{FIXED}\n    {cut}\n", *MADE, *ways)).split())
    assert "0 removed; 1 not met but kept, for 1 test failed or did not run" in said
    assert sites(pytester.path) == [KNOWN, BY_THREAD]


def test_a_file_that_is_skipped_as_a_whole_may_hold_it(pytester, run):
    """What is not even collected is no test that ran."""
    run(TWO, *MADE)
    pytester.makepyfile(test_other="import pytest\npytest.importorskip('no_such_thing')\n")
    said = " ".join(told(run(FIXED, *USED)).split())
    assert "1 known leak site not met (leaks.txt); kept, for 1 test failed or did not run:" in said


def test_plain_pytest_is_the_whole(pytester, run):
    """Where the suite says where its tests are, and nothing else is asked for."""
    run(TWO, *MADE)
    name_testpaths(pytester, "test_shop.py")
    assert "1 known leak site gone" in told(run(FIXED, *USED))


@pytest.mark.parametrize("ways", [(), ("-n1",)])
def test_a_file_that_cannot_be_written_is_said(pytester, run, ways):
    """The disk may be full when the run is over; the old file is whole."""
    run(TWO, *MADE)
    pytester.makeconftest(
        """
        from pathlib import Path

        def full(self, target):
            raise OSError(28, "No space left on device")

        Path.replace = full
        """
    )
    before = (pytester.path / "leaks.txt").read_text()
    quiet = ("-qq",) if ways else ()
    result = run(FIXED, *MADE, *(ways or ("-n0",)), *quiet)
    assert "flaskctx: --flaskctx-update-baseline: nothing was written:" in told(result)
    assert (pytester.path / "leaks.txt").read_text() == before


def test_a_crash_takes_nothing_out(pytester, run):
    """What the crashed worker would have found is not gone."""
    run(TWO, *MADE)
    crash = FIXED + "    def test_crash():\n        import os\n        os._exit(1)\n"
    result = run(crash, *MADE, "-n1", "--max-worker-restart=0")
    assert "crashed" in told(result)
    assert sites(pytester.path) == [KNOWN, BY_THREAD]


def test_an_expected_failure_came_to_its_end(pytester, run):
    """Where it fails, it always did."""
    run(TWO, *MADE)
    result = run(FIXED + "    @pytest.mark.xfail\n    def test_x(): assert 0\n", *USED)
    assert "1 known leak site gone" in told(result)


@pytest.mark.parametrize("args", [["."], ["tests"], ["tests", "more"]])
def test_arguments_that_hold_all_test_paths_are_the_whole(pytester, run, args):
    """Where the suite says where its tests are, naming that place leaves nothing out."""
    for folder in ("tests", "more"):
        pytester.mkdir(folder)
    (pytester.path / "tests" / "test_all.py").write_text("def test_it(): pass\n")
    (pytester.path / "leaks.txt").write_text(f"{HEADER}\n{KNOWN}\n")
    name_testpaths(pytester, "test[s]")
    result = run("def test_here(): pass", *USED, *args)
    assert "1 known leak site gone" in told(result)


def test_the_ini_option_is_relative_to_the_root_directory(pytester, run, monkeypatch):
    """Wherever pytest is started."""
    ini = ("-o", "flaskctx_baseline=ci/leaks.txt")
    run(TWO, "--flaskctx-update-baseline", *ini)
    assert KNOWN in (pytester.path / "ci" / "leaks.txt").read_text()
    below = pytester.mkdir("below")
    monkeypatch.chdir(below)
    result = run(TWO, *ini, "..")
    result.assert_outcomes(passed=2)
    assert "2 known leak sites in 2 tests (ci/leaks.txt)" in told(result)


def test_comments_of_reviewers_stay(pytester, run):
    """Who noted a ticket above a site finds it there after the next update."""
    run(TWO, *MADE)
    file = pytester.path / "leaks.txt"
    file.write_text(file.read_text().replace(BY_THREAD, f"# ticket 12\n{BY_THREAD}"))
    file.chmod(0o664)
    run(TWO + "    def test_new(client): client.get('/two')\n", *MADE)
    assert f"# ticket 12\n{BY_THREAD}\n" in file.read_text()
    assert len(sites(pytester.path)) == 4
    assert stat.S_IMODE(file.stat().st_mode) == 0o664


def test_nothing_new_leaves_the_file_untouched(pytester, run):
    """A file that is as it should be is not written again."""
    run(TWO, *MADE)
    before = (pytester.path / "leaks.txt").stat()
    run(TWO, *MADE)
    after = (pytester.path / "leaks.txt").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_an_allowance_needs_no_baseline(pytester, run):
    """What is allowed with a reason is not written, and not called gone where it is."""
    allowed = TWO.replace(
        "    def test_two",
        "    @pytest.mark.flask_ctx_allow('FCX101', reason='soon')\n    def test_two",
    )
    run(allowed, *MADE)
    assert sites(pytester.path) == [KNOWN]
    (pytester.path / "leaks.txt").write_text(f"{HEADER}\n{KNOWN}\n{BY_THREAD}\n")
    assert "gone" not in told(run(allowed, *USED))


def test_a_rule_that_is_off_says_nothing_of_what_is_gone(pytester, run):
    """What is not looked for is not missed."""
    run(TWO, *MADE)
    rules = ("-o", "flaskctx_rules=FCX101 = off")
    assert "gone" not in told(run(FIXED, *USED, *rules))
    run(FIXED, *MADE, *rules)
    assert sites(pytester.path) == [KNOWN, BY_THREAD]


def test_many_are_folded(pytester, run):
    """Ten that are gone are named, all of them with --flaskctx-report."""
    lines = [f"FCX101 old.py::work{number}: request.path" for number in range(12)]
    (pytester.path / "leaks.txt").write_text("\n".join([HEADER, *lines, ""]))
    short = told(run("def test_it(): pass", *USED))
    assert "12 known leak sites gone" in short
    assert "and 2 more (--flaskctx-report)" in short
    assert short.count("old.py") == 10
    assert told(run("def test_it(): pass", *USED, "--flaskctx-report")).count("old.py") == 12


@pytest.mark.parametrize("extra", [[], ["--flaskctx-update-baseline"], ["-n2"]])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"import os\n", "'{path}', line 1: it is no baseline, which begins with '# pytest-"),
        (b"# pytest-flaskctx baseline, version 1\n=======\n", "'{path}', line 2: '=======' is no"),
        (b"\xff\xfe\x00", "'{path}' is no text in UTF-8"),
    ],
)
def test_a_broken_or_foreign_file_is_refused_and_stays(pytester, run, extra, content, says):
    """One error names it, where it came from and what is wrong; not a byte of it is changed."""
    file = pytester.path / "leaks.txt"
    file.write_bytes(content)
    result = run(TWO, *USED, *extra)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: --flaskctx-baseline: {says.format(path=file)}" in result.stderr.str()
    assert file.read_bytes() == content


def test_errors_name_what_is_missing(pytester, run):
    """A file that is not there, none that is named, a folder, a mode in which nothing is seen."""
    pytester.mkdir("folder")
    for args, says in (
        (USED, "--flaskctx-baseline: there is no file '*leaks.txt'; --flaskctx-update-baseline*"),
        (MADE[1:], "--flaskctx-update-baseline: no file is named; give --flaskctx-baseline=PATH*"),
        (
            ["--flaskctx-baseline=folder"],
            "--flaskctx-baseline: '*folder' cannot be read: Is a dir*",
        ),
        (
            [*MADE, "--flaskctx=off"],
            "--flaskctx-update-baseline: nothing is watched in mode 'off'*",
        ),
        (
            ["--flaskctx-baseline=test_shop.py/x.txt", MADE[1]],
            "--flaskctx-baseline: '*x.txt' lies under the file *test_shop.py'",
        ),
    ):
        result = run(TWO, *args)
        assert result.ret == pytest.ExitCode.USAGE_ERROR, args
        result.stderr.fnmatch_lines([f"ERROR: {says}"])


def test_a_file_that_breaks_while_the_tests_run_stays(pytester, run):
    """Who edits it meanwhile loses nothing, and is told."""
    run(TWO, *MADE)
    edit = "    def test_edit(): open('leaks.txt', 'w').write('half a')\n"
    result = run(TWO + edit, *MADE)
    assert (pytester.path / "leaks.txt").read_text() == "half a"
    said = " ".join(told(result).split())
    assert "flaskctx: --flaskctx-update-baseline: '" in said
    assert "line 1: it is no baseline" in said
    assert "; nothing was written" in said


def test_off_reads_no_baseline(pytester, run):
    """Nothing is installed, and nothing is refused."""
    (pytester.path / "leaks.txt").write_text("no baseline")
    run(TWO, *USED, "--flaskctx=off").assert_outcomes(passed=2)


def test_warn_writes_one_too(pytester, run):
    """Who only looks may write down what is there."""
    run(TWO, *MADE, "--flaskctx=warn")
    assert sites(pytester.path) == [KNOWN, BY_THREAD]


def test_a_file_that_may_not_be_written_is_refused_before_the_run(pytester, run, monkeypatch):
    """Somebody protected it; a folder that may be written to is no leave to replace it."""
    run(TWO, *MADE)
    file = pytester.path / "leaks.txt"
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != file and access(path, mode))
    result = run(TWO, *MADE)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --flaskctx-baseline: '*leaks.txt' cannot be written to"])


def test_two_lines_of_one_site_are_one(pytester, run):
    """The same use twice in a function is one line of the file, and is counted as one."""
    twice = """
        def again():
            for _ in range(2):
                try:
                    request.args
                except Exception:
                    pass
                try:
                    request.args
                except Exception:
                    pass

        def test_one():
            app = Flask("twice")
            app.add_url_rule("/", "start", lambda: str(pool.submit(again)))
            app.test_client().get("/")
    """
    made = run(twice, *MADE, "--flaskctx-json=out.json")
    assert len(json.loads((pytester.path / "out.json").read_text())["findings"]) == 2
    assert len(sites(pytester.path)) == 1
    assert "flaskctx: 1 known leak site in 1 test (leaks.txt)" in told(made)
    assert "leaks.txt: 1 known, 1 added" in told(made)


def test_what_threads_inherit_is_another_run(pytester, run):
    """There the same lines leak by other rules: nothing of the usual ones is gone."""
    run(TWO, *MADE)
    inherit = "--flaskctx-inherit"
    assert "gone" not in told(run(TWO, *USED, inherit))
    run(TWO, *MADE, inherit)
    assert {KNOWN, BY_THREAD} <= set(sites(pytester.path))


def test_who_has_a_baseline_is_not_told_how_to_make_one(run):
    """The advice is for those who have none."""
    source = """
        @pytest.mark.parametrize("n", range(6))
        def test_one(client, n): client.get("/leak")
    """
    run("def test_it(): pass", *MADE)
    assert "Too much to repair" in told(run(source))
    assert "Too much to repair" not in told(run(source, *USED))
