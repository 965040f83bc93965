"""What users write, read into settings, and what they are told where it cannot be meant."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_flaskctx import settings
from pytest_flaskctx.rules import Rule
from pytest_flaskctx.settings import Settings, SettingsError

RULES = (
    Rule("FCX101", "unbound-access", "fail", "certain", "lost"),
    Rule("FCX102", "unbound-guard", "strict", "risky", "luck"),
)
ALL_RULES = "FCX101 (unbound-access), FCX102 (unbound-guard)"


def test_defaults_stand_without_pytest():
    """Settings of which only the root is said are those of a run that says nothing."""
    assert Settings(Path()) == Settings(Path(), mode="fail", drain_timeout=5.0, drain="real")


def test_settings_travel():
    """Settings are plain data: they survive pickling."""
    allow = settings.parse_allowances(["FCX101 : a.py : why"], RULES, "here")
    whole = Settings(Path(), rules=(("FCX101", "off"),), allow=allow, proxies=(("a", "b"),))
    assert pickle.loads(pickle.dumps(whole)) == whole


def test_level_of_a_rule():
    """A rule has its own level unless the suite moved it."""
    moved = Settings(Path(), rules=(("FCX101", "warn"),))
    assert [moved.level(rule) for rule in RULES] == ["warn", "strict"]


@pytest.mark.parametrize("word", ["FCX102", "fcx102", "unbound-guard", " Unbound-Guard "])
def test_rule_by_code_or_name(word):
    """A rule is named by its code or its name, in any case."""
    assert settings.parse_rule(word, RULES, "here") is RULES[1]


def test_unknown_rule_names_all():
    """Who misspells a rule is told where, what, and which rules there are."""
    with pytest.raises(SettingsError) as caught:
        settings.parse_rule("unbound", RULES, "ini option flaskctx_rules")
    expected = f"ini option flaskctx_rules: 'unbound' is no rule; the rules are {ALL_RULES}"
    assert str(caught.value) == expected


@pytest.mark.parametrize("mode", settings.MODES)
def test_modes(mode):
    """The four modes are read as they are."""
    assert settings.parse_mode(mode, "here") == mode


def test_no_mode():
    """What is no mode is refused, with the four that are."""
    expected = r"ini option flaskctx: 'loud' is none of 'off', 'warn', 'fail', 'strict'$"
    with pytest.raises(SettingsError, match=expected):
        settings.parse_mode("loud", "ini option flaskctx")


def test_drain():
    """A drain is real or fast, and nothing else."""
    assert [settings.parse_drain(word, "here") for word in ("real", "fast")] == ["real", "fast"]
    with pytest.raises(SettingsError, match=r"^here: '' is none of 'real', 'fast'$"):
        settings.parse_drain("", "here")


@pytest.mark.parametrize("value", [True, "true", " Yes ", "on", 1])
def test_switch(value):
    """A switch is a truth value or its text, on or else off."""
    assert settings.parse_switch(value, "here")
    assert not settings.parse_switch("off", "here")
    with pytest.raises(SettingsError, match=r"^here: 'maybe' is no switch; give true or false$"):
        settings.parse_switch("maybe", "here")


@pytest.mark.parametrize("value", ["2.5", " 2.5 ", 2.5, "25e-1"])
def test_seconds(value):
    """A time is a number or its text, as ini files and TOML files hold it."""
    assert settings.parse_seconds(value, "here") == 2.5


@given(st.floats(min_value=0, allow_infinity=False, allow_nan=False))
def test_every_time_that_is_finite_is_kept(seconds):
    """A time comes out as it went in, written as a number or as text."""
    assert (
        settings.parse_seconds(seconds, "") == settings.parse_seconds(str(seconds), "") == seconds
    )


@pytest.mark.parametrize("value", ["", "soon", "-1", -0.5, "nan", "inf", True, [5]])
def test_no_seconds(value):
    """A time that is negative, endless or no number is refused by its value."""
    with pytest.raises(SettingsError) as caught:
        settings.parse_seconds(value, "here")
    assert str(caught.value).startswith(f"here: {value!r} is no time; give seconds")


def test_levels():
    """Each line gives one rule a level; blanks around them and empty lines do not matter."""
    lines = ["FCX102=off", "", "  unbound-access =  warn "]
    expected = (("FCX102", "off"), ("FCX101", "warn"))
    assert settings.parse_levels(lines, RULES, "here") == expected


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["FCX101"], "here: 'FCX101' is not of the form 'rule = level'"),
        (["FCX101: off"], "here: 'FCX101: off' is not of the form 'rule = level'"),
        (
            ["FCX101 = never"],
            "here, line 'FCX101 = never': 'never' is none of 'off', 'warn', 'fail', 'strict'",
        ),
        (["FCX999 = off"], f"here: 'FCX999' is no rule; the rules are {ALL_RULES}"),
        (
            ["FCX101 = off", "unbound-access = warn"],
            "here: 'unbound-access = warn' gives FCX101 (unbound-access) a second level",
        ),
    ],
)
def test_no_levels(lines, message):
    """A line that moves no rule to a level is refused, quoted."""
    with pytest.raises(SettingsError) as caught:
        settings.parse_levels(lines, RULES, "here")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("line", "glob", "function", "reason"),
    [
        ("FCX101 : app/*.py : known", "app/*.py", "", "known"),
        ("unbound-access:app.py::send:known", "app.py", "send", "known"),
        ("FCX101 : app.py :: Mailer.send : see #12", "app.py", "Mailer.send", "see #12"),
        ("FCX101 : app.py::make.<locals>.f : x", "app.py", "make.<locals>.f", "x"),
        ("FCX101 : app.py : ticket: see http://x/a::b", "app.py", "", "ticket: see http://x/a::b"),
        ("FCX101 : app.py::f : a : b :: c", "app.py", "f", "a : b :: c"),
        ("FCX101 : my app/t.py : with blanks", "my app/t.py", "", "with blanks"),
    ],
)
def test_allowance_lines(line, glob, function, reason):
    """A line says rule, files, perhaps a function, and a reason that may hold colons."""
    (allowance,) = settings.parse_allowances([line, ""], RULES, "here")
    assert allowance.rule_code == "FCX101"
    assert (allowance.path_glob, allowance.function) == (glob, function)
    assert (allowance.reason, allowance.where, allowance.test) == (reason, "here", "")


@pytest.mark.parametrize(
    "line",
    [
        "FCX101",
        "FCX101 : app.py",
        "FCX101 : app.py :",
        "FCX101 : app.py::send",
        "FCX101 : app.py::send : ",
        "FCX101 : app.py:: : why",
        "FCX101 : : why",
        ": app.py : why",
        "FCX101 :: app.py : why",
    ],
)
def test_no_allowance_line(line):
    """A line without a rule, files or a reason is refused, quoted, with the form it should have."""
    with pytest.raises(SettingsError) as caught:
        settings.parse_allowances([line], RULES, "here")
    assert str(caught.value) == (
        f"here: {line.strip()!r} is not of the form 'rule : path-glob::function : reason'; "
        "'::function' may be left out, the reason may not"
    )


def test_allowance_line_of_an_unknown_rule():
    """An allowance for a rule that does not exist is refused."""
    with pytest.raises(SettingsError, match=r"^here: 'FCX999' is no rule; the rules are"):
        settings.parse_allowances(["FCX999 : a.py : why"], RULES, "here")


def test_allowed_rules():
    """Rules allowed in one test get an allowance each, once however often they are named."""
    words = ["FCX101", "unbound-guard", "unbound-access"]
    found = settings.parse_allowed_rules(words, " why ", RULES, "here", test="t.py::test_a")
    assert [allowance.rule_code for allowance in found] == ["FCX101", "FCX102"]
    assert {(one.reason, one.where, one.test) for one in found} == {("why", "here", "t.py::test_a")}


@pytest.mark.parametrize(
    ("words", "reason", "message"),
    [
        ([], "why", "here: no rule is given; name at least one by its code or name"),
        ([101], "why", "here: 101 is no rule; give its code or name as a string"),
        (["x"], "why", f"here: 'x' is no rule; the rules are {ALL_RULES}"),
        (["FCX101"], None, "here: reason=None is no reason; say why it is expected"),
        (["FCX101"], " ", "here: reason=' ' is no reason; say why it is expected"),
        (["FCX101"], 7, "here: reason=7 is no reason; say why it is expected"),
    ],
)
def test_no_allowed_rules(words, reason, message):
    """Rules are allowed by name and for a reason, or not at all."""
    with pytest.raises(SettingsError) as caught:
        settings.parse_allowed_rules(words, reason, RULES, "here")
    assert str(caught.value) == message


def test_proxies():
    """Proxies are named by module and name, and count once."""
    lines = ["flask_login:current_user", " a.b : c ", "a.b:c"]
    expected = (("flask_login", "current_user"), ("a.b", "c"))
    assert settings.parse_proxies([*lines[:1], "a.b:c", lines[2]], "here") == expected
    assert settings.parse_proxies(lines[1:2], "here") == expected[1:]


@pytest.mark.parametrize("line", ["current_user", "a:", ":b", "a.:b", "a:b.c", "a:b:c", "a b:c"])
def test_no_proxy(line):
    """What does not name a module and a name in it is refused."""
    with pytest.raises(SettingsError) as caught:
        settings.parse_proxies([line], "here")
    assert str(caught.value) == (
        f"here: {line!r} is not of the form 'module:name', such as 'flask_login:current_user'"
    )


def test_modules():
    """Modules are named as an import names them, and count once."""
    lines = ["flask_caching", " acme.people ", "acme.people", "acme._parts"]
    assert settings.parse_modules(lines, "here") == ("flask_caching", "acme.people", "acme._parts")


@pytest.mark.parametrize(
    "line", ["acme-people", "acme.", ".acme", "acme:people", "acme, shop", "*"]
)
def test_no_module(line):
    """What no import could name is refused."""
    with pytest.raises(SettingsError) as caught:
        settings.parse_modules([line], "here")
    assert str(caught.value) == (
        f"here: {line!r} is no module's name; give one a line, such as 'flask_caching'"
    )


@pytest.mark.parametrize("line", ["threading", "pytest_flaskctx.isolation", "_pytest", "pluggy"])
def test_what_steps_is_not_stepped_through(line):
    """It would wait for itself."""
    with pytest.raises(SettingsError, match=rf"^here: '{line}' cannot be stepped through: .*"):
        settings.parse_modules([line], "here")


LINE_PARSERS = [
    lambda line: settings.parse_levels([line], RULES, "here"),
    lambda line: settings.parse_allowances([line], RULES, "here"),
    lambda line: settings.parse_proxies([line], "here"),
    lambda line: settings.parse_modules([line], "here"),
    lambda line: settings.parse_mode(line, "here"),
    lambda line: settings.parse_drain(line, "here"),
    lambda line: settings.parse_seconds(line, "here"),
]


def refusal(parse, line):
    """Return what is said against a line; only the place where there is nothing to say."""
    try:
        parse(line)
    except SettingsError as error:
        return str(error)
    return "here"


@given(st.sampled_from(LINE_PARSERS), st.text("FCX101:=*./ a") | st.text())
def test_a_line_is_read_or_refused(parse, line):
    """Whatever is written, the answer is a setting or a SettingsError that says where from."""
    assert refusal(parse, line).startswith("here")
