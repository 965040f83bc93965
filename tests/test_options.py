"""The command line, the ini file and the markers, as pytest hands them to us."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

import pytest

from pytest_flaskctx.plugin import explain, markers
from pytest_flaskctx.plugin.options import add_options, early_settings, read_settings
from pytest_flaskctx.rules import RULES
from pytest_flaskctx.settings import MODES

pytest_plugins = "pytester"

ALL_RULES = ", ".join(f"{rule.code} ({rule.name})" for rule in RULES)

native_toml = pytest.mark.skipif(
    pytest.version_tuple < (9, 0), reason="pytest 9 brought the table [tool.pytest]"
)

FULL = {
    "ini_options": """
        [tool.pytest.ini_options]
        flaskctx = "strict"
        flaskctx_rules = ["FCX102 = off", "unfinished-work = fail"]
        flaskctx_allow = ["FCX101 : app.py::send : ticket: 12"]
        flaskctx_drain_timeout = 2.5
        flaskctx_drain = "fast"
        flaskctx_inherit = true
        flaskctx_proxies = ["a.b:c"]
    """,
    "ini_strings": """
        [tool.pytest.ini_options]
        flaskctx = "strict"
        flaskctx_rules = '''
            FCX102 = off
            unfinished-work = fail
        '''
        flaskctx_allow = "FCX101 : app.py::send : ticket: 12"
        flaskctx_drain_timeout = "2.5"
        flaskctx_drain = "fast"
        flaskctx_inherit = "true"
        flaskctx_proxies = "a.b:c"
    """,
    "native": """
        [tool.pytest]
        flaskctx = "strict"
        flaskctx_rules = ["FCX102 = off", "unfinished-work = fail"]
        flaskctx_allow = ["FCX101 : app.py::send : ticket: 12"]
        flaskctx_drain_timeout = 2.5
        flaskctx_drain = "fast"
        flaskctx_inherit = true
        flaskctx_proxies = ["a.b:c"]
    """,
}

INI = """
    [pytest]
    flaskctx = strict
    flaskctx_rules =
        FCX102 = off
        unfinished-work = fail
    flaskctx_allow =
        FCX101 : app.py::send : ticket: 12
    flaskctx_drain_timeout = 2.5
    flaskctx_drain = fast
    flaskctx_inherit = true
    flaskctx_proxies = a.b:c
"""


def settings_of(pytester, *args):
    """Return the settings that a run with these arguments has."""
    return read_settings(pytester.parseconfigure(*args))


def refused(pytester, *args, says):
    """Run pytest and check that it ends as a usage error, no test run, with just this message."""
    result = pytester.runpytest(*args)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: {says}" in result.stderr.str()
    assert "Traceback" not in result.stderr.str() + result.stdout.str()
    assert "INTERNALERROR" not in result.stderr.str() + result.stdout.str()
    assert "passed" not in result.stdout.str()


def assert_full(settings):
    """Check the settings that INI and FULL write in their several ways."""
    assert settings.mode == "strict"
    assert settings.rules == (("FCX102", "off"), ("FCX901", "fail"))
    (allowance,) = settings.allow
    assert (allowance.rule_code, allowance.place) == ("FCX101", "app.py::send")
    assert (allowance.reason, allowance.where) == ("ticket: 12", "ini option flaskctx_allow")
    assert (settings.drain_timeout, settings.drain) == (2.5, "fast")
    assert settings.proxies == (("a.b", "c"),)
    assert settings.inherit


def test_nothing_said(pytester):
    """A suite that says nothing is judged in mode fail, waits 5 seconds and gets no report."""
    settings = settings_of(pytester)
    assert (settings.mode, settings.rules, settings.allow) == ("fail", (), ())
    assert (settings.drain_timeout, settings.drain, settings.proxies) == (5.0, "real", ())
    assert (settings.report, settings.json_path) == (False, None)
    assert not settings.inherit
    assert settings.root == pytester.path


def test_ini_file(pytester):
    """All options are read from an ini file."""
    pytester.makeini(INI)
    assert_full(settings_of(pytester))


@pytest.mark.parametrize(
    "kind", ["ini_options", "ini_strings", pytest.param("native", marks=native_toml)]
)
def test_toml_file(pytester, kind):
    """All options are read from pyproject.toml, lists as lists and numbers as numbers."""
    pytester.makepyprojecttoml(textwrap.dedent(FULL[kind]))
    assert_full(settings_of(pytester))


@native_toml
@pytest.mark.parametrize("written", ["3", "3.0"])
def test_native_toml_number(pytester, written):
    """In pytest's own TOML table a time is a number, whole or not."""
    pytester.makepyprojecttoml(f"[tool.pytest]\nflaskctx_drain_timeout = {written}\n")
    assert settings_of(pytester).drain_timeout == 3.0


@native_toml
def test_native_toml_text(pytester):
    """There a time written as text is read where pytest allows it, and refused by name before."""
    pytester.makepyprojecttoml('[tool.pytest]\nflaskctx_drain_timeout = "3"\n')
    if pytest.version_tuple >= (9, 2):
        assert settings_of(pytester).drain_timeout == 3.0
    else:
        refused(pytester, says="ini option flaskctx_drain_timeout: ")


@pytest.mark.parametrize(
    ("version", "declared"),
    [((8, 4, 2), "string"), ((9, 0, 0), "float"), ((9, 1, 1), "float"), ((9, 2, 0), float | str)],
)
def test_values_are_declared_as_each_pytest_wants_them(monkeypatch, version, declared):
    """A time and a switch are declared by the widest type that the pytest at hand knows."""

    class Group:
        def addoption(self, *names: str, **kwargs: object) -> None:
            pass

    class Parser:
        def __init__(self) -> None:
            self.types = {}

        def getgroup(self, *args: str) -> Group:
            return Group()

        def addini(self, name: str, *args: str, **kwargs: object) -> None:
            self.types[name] = kwargs.get("type")

    parser = Parser()
    monkeypatch.setattr(pytest, "version_tuple", version)
    add_options(parser)
    assert parser.types["flaskctx_drain_timeout"] == declared
    assert parser.types["flaskctx_inherit"] == (bool | str if version >= (9, 2) else "bool")


@pytest.mark.parametrize("error", [TypeError("expects a float"), ValueError("no number: 'x'")])
def test_conversion_that_pytest_makes_itself(pytester, monkeypatch, error):
    """The bare error that pytest 9.0 raises for a value of the wrong type is told as our own."""
    original = pytest.Config.getini

    def getini(config: pytest.Config, name: str) -> object:
        if name == "flaskctx_drain_timeout":
            raise error
        return original(config, name)

    monkeypatch.setattr(pytest.Config, "getini", getini)
    refused(pytester, says=f"ini option flaskctx_drain_timeout: {error}\n")


@native_toml
@pytest.mark.parametrize("line", ["flaskctx = false", "flaskctx_rules = 'FCX101 = off'"])
def test_native_toml_of_the_wrong_type(pytester, line):
    """There a value of another type is a usage error that names the option."""
    pytester.makepyprojecttoml(f"[tool.pytest]\n{line}\n")
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: *option '{line.split()[0]}' expects a*"])


@pytest.mark.parametrize("mode", MODES)
def test_command_line_beats_ini(pytester, mode):
    """--flaskctx decides over the ini option, early and late."""
    pytester.makeini("[pytest]\nflaskctx = warn")
    config = pytester.parseconfig(f"--flaskctx={mode}")
    assert early_settings(config).mode == read_settings(config).mode == mode


@pytest.mark.parametrize("args", [(), ("-o", "flaskctx=off")])
def test_early_mode_of_ini(pytester, args):
    """Before conftest files are imported the mode of the ini file is known, -o included."""
    pytester.makeini("[pytest]\nflaskctx = warn")
    config = pytester.parseconfig(*args)
    assert early_settings(config).mode == ("off" if args else "warn")


def test_addopts(pytester):
    """Options in addopts are the command line's, which may say otherwise after them."""
    pytester.makeini("[pytest]\naddopts = --flaskctx=warn --flaskctx-report\nflaskctx = strict")
    assert settings_of(pytester).mode == "warn"
    assert settings_of(pytester).report
    assert settings_of(pytester, "--flaskctx=off").mode == "off"


def test_report_takes_no_value(pytester):
    """--flaskctx-report swallows no path."""
    pytester.makepyfile("def test_a(): pass")
    pytester.runpytest("--flaskctx-report", "test_report_takes_no_value.py").assert_outcomes(
        passed=1
    )


def test_verbose(pytester):
    """The verbosity is pytest's."""
    assert settings_of(pytester, "-vv").verbose == 2


def test_bad_mode_on_the_command_line(pytester):
    """A mode that is none is refused with the option and the modes there are."""
    result = pytester.runpytest("--flaskctx=loud")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*argument --flaskctx: invalid choice: 'loud' (choose from *off*"])


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("flaskctx=loud", "'loud' is none of 'off', 'warn', 'fail', 'strict'"),
        ("flaskctx_rules=FCX1=off", f"'FCX1' is no rule; the rules are {ALL_RULES}"),
        ("flaskctx_rules=FCX101", "'FCX101' is not of the form 'rule = level'"),
        ("flaskctx_allow=FCX101 : a.py", "'FCX101 : a.py' is not of the form 'rule : path-glob"),
        ("flaskctx_drain=slow", "'slow' is none of 'real', 'fast'"),
        ("flaskctx_drain_timeout=-1", ""),
        ("flaskctx_drain_timeout=soon", ""),
        ("flaskctx_inherit=maybe", ""),
        ("flaskctx_proxies=current_user", "'current_user' is not of the form 'module:name'"),
    ],
)
def test_bad_ini_values(pytester, option, says):
    """An ini value that cannot be meant is a usage error which names option and value."""
    pytester.makepyfile("def test_a(): pass")
    refused(pytester, "-o", option, says=f"ini option {option.partition('=')[0]}: {says}")


@pytest.mark.parametrize(
    ("ini", "args", "inherits"),
    [
        ("true", (), True),
        ("true", ("--no-flaskctx-inherit",), False),
        ("false", ("--flaskctx-inherit",), True),
        ("false", ("--flaskctx-inherit", "--no-flaskctx-inherit"), False),
    ],
)
def test_the_command_line_switches_inheriting_on_and_off(pytester, ini, args, inherits):
    """Whatever the ini file says, the last word of the command line holds."""
    pytester.makeini(f"[pytest]\nflaskctx_inherit = {ini}\n")
    assert settings_of(pytester, *args).inherit is inherits


WRITTEN = {
    "json": ("JSON", '{"version": 1}'),
    "html": ("HTML", "<!DOCTYPE html>"),
    "sarif": ("SARIF", "{}"),
}
written = pytest.mark.parametrize("kind", WRITTEN)


@written
def test_path(pytester, kind):
    """The file lies relative to where pytest was started, in folders that may be missing."""
    pytester.makeini("[pytest]")
    inner = pytester.mkdir("inner")
    os.chdir(inner)
    settings = settings_of(pytester, f"--flaskctx-{kind}=new/out")
    assert getattr(settings, f"{kind}_path") == inner / "new" / "out"
    assert settings.root == pytester.path
    assert settings.pictures is (kind == "html")
    assert not (inner / "new").exists()


@written
def test_path_may_be_there(pytester, kind):
    """A file of an earlier run, or an empty one, is written over."""
    path = pytester.path / "out"
    for content in ("", WRITTEN[kind][1]):
        path.write_text(content)
        assert (
            getattr(settings_of(pytester, f"--flaskctx-{kind}", str(path)), f"{kind}_path") == path
        )


@written
@pytest.mark.parametrize("value", ["folder", "test_a.py", "", os.devnull])
def test_path_of_something_else(pytester, kind, value):
    """What is of another kind is never written over: no folder, no device, no forgotten value."""
    pytester.mkdir("folder")
    pytester.makepyfile(test_a="def test_a(): pass")
    says = f"--flaskctx-{kind}: {value!r} is there already, and is no {WRITTEN[kind][0]} file"
    refused(pytester, f"--flaskctx-{kind}", value, says=says)


@written
def test_path_that_cannot_be_read(pytester, monkeypatch, kind):
    """What cannot be looked into may be anything, and is not written over."""
    path = pytester.path / "out"
    path.write_text(WRITTEN[kind][1])
    original = Path.open

    def open_(self: Path, *args: object, **kwargs: object) -> object:
        if self == path:
            raise PermissionError
        return original(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", open_)
    says = f"--flaskctx-{kind}: 'out' is there already, and is no {WRITTEN[kind][0]} file"
    refused(pytester, f"--flaskctx-{kind}=out", says=says)


@written
def test_path_under_a_file(pytester, kind):
    """A file is no folder to write into."""
    path = pytester.makepyfile(test_a="def test_a(): pass")
    says = f"--flaskctx-{kind}: 'test_a.py/out' lies under the file {str(path)!r}"
    refused(pytester, f"--flaskctx-{kind}=test_a.py/out", says=says)


@written
def test_path_in_a_closed_folder(pytester, monkeypatch, kind):
    """A folder that may not be written to is found before the run, not after."""
    closed = pytester.mkdir("closed")
    monkeypatch.setattr(os, "access", lambda path, mode: path != closed)
    says = f"--flaskctx-{kind}: the folder of 'closed/out' cannot be written to"
    refused(pytester, f"--flaskctx-{kind}=closed/out", says=says)


def test_two_reports_in_one_file(pytester):
    """The second would replace the first, however its path is written."""
    pytester.mkdir("a")
    says = f"--flaskctx-sarif: {str(pytester.path / 'a' / '..' / 'out')!r} is the file of "
    args = ("--flaskctx-json=out", "--flaskctx-html=other", "--flaskctx-sarif=a/../out")
    refused(pytester, *args, says=f"{says}--flaskctx-json, too")


@pytest.mark.parametrize("value", ["patch", ""])
def test_repairs_are_a_diff(pytester, value):
    """There is one way in which repairs are printed."""
    result = pytester.runpytest(f"--flaskctx-fix={value}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        [f"*--flaskctx-fix: invalid choice: {value!r} (choose from *diff*)"]
    )


def test_a_baseline_in_several_lines(pytester):
    """An ini value that is no path is named with where it came from."""
    pytester.makeini("[pytest]\nflaskctx_baseline =\n  a\n  b\n")
    says = "ini option flaskctx_baseline: 'a\\nb' is no path; give one, on one line"
    refused(pytester, says=says)


def test_workers_have_the_settings_but_no_report(pytester):
    """An xdist worker is told what its controller is told, except to write reports."""
    pytest.importorskip("xdist")
    pytester.makeini(INI)
    pytester.makepyfile(
        """
        from pytest_flaskctx.plugin.options import read_settings

        def test_a(pytestconfig):
            settings = read_settings(pytestconfig)
            assert (settings.mode, settings.drain_timeout) == ("warn", 2.5)
            assert settings.rules == (("FCX102", "off"), ("FCX901", "fail"))
            assert (settings.report, settings.json_path, settings.html_path) == (False, None, None)
            assert (settings.sarif_path, settings.fix, settings.pictures) == (None, False, True)
            assert (settings.known, settings.baseline, settings.update_baseline) == (
                frozenset(), None, True
            )
        """
    )
    args = ("-n1", "--flaskctx=warn", "--flaskctx-report", "--flaskctx-json=out.json")
    args += ("--flaskctx-html=out.html", "--flaskctx-sarif=out.sarif", "--flaskctx-fix=diff")
    args += ("--flaskctx-baseline=leaks.txt", "--flaskctx-update-baseline")
    result = pytester.runpytest_subprocess(*args)
    assert (result.ret, result.stdout.str()) == (0, "")
    result.stderr.fnmatch_lines(["*1 passed*"])


def test_help(pytester):
    """--help shows each option and each ini option with a text."""
    text = pytester.runpytest("--help").stdout.str()
    for option in (
        "",
        "-report",
        "-inherit",
        "-json=PATH",
        "-html=PATH",
        "-sarif=PATH",
        "-baseline=PATH",
        "-update-baseline",
        "-fix=",
        "-explain=RULE",
    ):
        assert f"\n  --flaskctx{option}" in text
    assert "\n  --no-flaskctx-inherit" in text
    for ini in ("", "_rules", "_allow", "_drain_timeout", "_drain", "_inherit", "_proxies"):
        assert f"\n  flaskctx{ini} (" in text


def test_markers_help(pytester):
    """--markers shows both markers, each in one sentence."""
    pytester.runpytest("--markers").stdout.fnmatch_lines(
        [
            "@pytest.mark.flask_ctx_strict: fail also on *risky*.",
            '@pytest.mark.flask_ctx_allow(rule, ..., reason="..."): *is expected.',
        ]
    )


def test_markers_are_known_to_strict_suites(pytester):
    """A suite with --strict-markers and --strict-config takes our markers and ini options."""
    pytester.makeini(INI)
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.flask_ctx_strict
        @pytest.mark.flask_ctx_allow("FCX101", "unbound-guard", reason="known")
        def test_a():
            pass
        """
    )
    pytester.runpytest("--strict-markers", "--strict-config").assert_outcomes(passed=1)


@pytest.mark.parametrize("where", ["function", "class", "module"])
def test_strict_marker(pytester, where):
    """The marker makes strict the test, the tests of its class or of its module."""
    mark = "pytest.mark.flask_ctx_strict"
    item = pytester.getitem(
        f"""
        import pytest
        {f"pytestmark = {mark}" if where == "module" else ""}
        {f"@{mark}" if where == "class" else ""}
        class TestA:
            {f"@{mark}" if where == "function" else ""}
            def test_a(self):
                pass
        """,
        "test_a",
    )
    assert markers.strict(item)


def test_not_strict(pytester):
    """A test without the marker is judged as the run is."""
    assert not markers.strict(pytester.getitem("def test_a(): pass", "test_a"))


def test_allow_markers_name_their_place(pytester):
    """An allowance tells the place where it was written, once for all the tests that it reaches."""
    pytester.makepyfile(
        test_a="""
        import pytest

        pytestmark = pytest.mark.flask_ctx_allow("FCX101", reason="module")

        @pytest.mark.flask_ctx_allow("FCX101", reason="class")
        class TestA:
            @pytest.mark.flask_ctx_allow("FCX101", reason="function")
            @pytest.mark.parametrize(
                "x",
                [1, pytest.param(2, marks=pytest.mark.flask_ctx_allow("FCX101", reason="case"))],
            )
            def test_a(self, x):
                pass
        """
    )
    items, _ = pytester.inline_genitems()
    found = [{one.reason: one.where for one in markers.allowances(item)} for item in items]
    shared = {
        "module": "marker flask_ctx_allow in test_a.py",
        "class": "marker flask_ctx_allow in test_a.py::TestA",
        "function": "marker flask_ctx_allow in test_a.py::TestA::test_a",
    }
    case = {"case": "marker flask_ctx_allow in test_a.py::TestA::test_a[2]"}
    assert found == [shared, shared | case]
    tests = [{one.test for one in markers.allowances(item)} for item in items]
    assert tests == [{item.nodeid} for item in items]


BAD_MARKERS = [
    ('flask_ctx_allow("FCX101")', "reason=None is no reason; say why it is expected"),
    ('flask_ctx_allow("FCX101", reason="")', "reason='' is no reason; say why it is expected"),
    ('flask_ctx_allow(reason="x")', "no rule is given; name at least one by its code or name"),
    ('flask_ctx_allow("x", reason="x")', f"'x' is no rule; the rules are {ALL_RULES}"),
    ('flask_ctx_allow(101, reason="x")', "101 is no rule; give its code or name as a string"),
    ('flask_ctx_allow("FCX101", why="x")', "'why' is no argument; there is only 'reason'"),
    ('flask_ctx_strict("x", y=1)', "flask_ctx_strict('x', y=1) takes no arguments"),
]


@pytest.mark.parametrize(("mark", "says"), BAD_MARKERS)
def test_bad_markers(pytester, mark, says):
    """A marker that cannot be meant is a usage error before any test runs."""
    pytester.makepyfile(
        test_a=f"import pytest\n@pytest.mark.{mark}\ndef test_a(): pass\ndef test_b(): pass"
    )
    name = mark.partition("(")[0]
    refused(pytester, says=f"marker {name} in test_a.py::test_a: {says}")


@pytest.mark.parametrize("dist", ["load", "loadscope", "worksteal"])
def test_bad_marker_under_xdist(pytester, dist):
    """Under xdist it is the same usage error, though only the workers collect."""
    pytest.importorskip("xdist")
    pytester.makepyfile(
        test_a="""
        import pytest

        def test_a():
            pass

        @pytest.mark.flask_ctx_allow("FCX101")
        def test_b():
            pass
        """
    )
    says = "marker flask_ctx_allow in test_a.py::test_b: reason=None is no reason"
    refused(pytester, "-n2", f"--dist={dist}", says=says)


def test_bad_marker_on_a_class(pytester):
    """A bad marker on a class names the class."""
    pytester.makepyfile(
        test_a="""
        import unittest
        import pytest

        @pytest.mark.flask_ctx_allow("FCX101")
        class TestA(unittest.TestCase):
            def test_a(self):
                pass
        """
    )
    refused(pytester, says="marker flask_ctx_allow in test_a.py::TestA: reason=None is no reason")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_explain(pytester, rule):
    """--flaskctx-explain prints a rule's page, by code or name, and runs nothing."""
    pytester.makepyfile("def test_a(): assert False")
    for word in (rule.code, rule.name):
        result = pytester.runpytest(f"--flaskctx-explain={word}")
        assert result.ret == pytest.ExitCode.OK
        assert result.stdout.str().strip() == rule.page.strip()


def test_explain_an_unknown_rule(pytester):
    """Who asks for a rule that does not exist is told which do."""
    says = f"--flaskctx-explain: 'FCX1' is no rule; the rules are {ALL_RULES}"
    refused(pytester, "--flaskctx-explain", "FCX1", says=says)


def test_explain_on_a_poor_terminal(monkeypatch):
    """A character that the output cannot show does not stop the page."""

    class Ascii:
        encoding = "ascii"

    monkeypatch.setattr(explain.sys, "stdout", Ascii())
    assert explain._printable("a → b") == "a ? b"
