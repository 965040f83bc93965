"""Which finding an allowance is meant for, and which allowance was for nothing."""

from __future__ import annotations

import pytest
from builders import finding, site

from pytest_flaskctx.rules.allowances import Allowance, unused


@pytest.mark.parametrize(
    ("glob", "file", "expected"),
    [
        ("*", "app/mail/send.py", True),
        ("send.py", "app/mail/send.py", True),
        ("send*", "app/mail/send.py", True),
        ("mail", "app/mail/send.py", False),
        ("mail/send.py", "app/mail/send.py", False),
        ("app/mail/send.py", "app/mail/send.py", True),
        ("app/*.py", "app/mail/send.py", True),
        ("app/**/send.py", "app/mail/send.py", True),
        ("app/**/send.py", "app/send.py", True),
        ("**/send.py", "send.py", True),
        ("app/[m-n]ail/send.p?", "app/mail/send.py", True),
        ("App/mail/send.py", "app/mail/send.py", False),
        ("tests/*", "app/mail/send.py", False),
        ("*/site-packages/lib/*", "/venv/lib/site-packages/lib/a.py", True),
    ],
)
def test_files(glob, file, expected):
    """A pattern is for the path from the root directory; without a slash it is for a file's name."""
    assert Allowance("FCX101", "why", "here", glob).match(finding(site=site(file=file))) is expected


@pytest.mark.parametrize(
    ("pattern", "function", "expected"),
    [
        ("", "Mailer.send", True),
        ("send", "Mailer.send", True),
        ("Mailer.send", "Mailer.send", True),
        ("Mailer.*", "Mailer.send", True),
        ("Mailer", "Mailer.send", False),
        ("end", "Mailer.send", False),
        ("send", "view.<locals>.send", True),
        ("view.<locals>.send", "view.<locals>.send", True),
        ("<lambda>", "view.<locals>.<lambda>", True),
    ],
)
def test_functions(pattern, function, expected):
    """A function is named by its qualified name or the last part of it."""
    allowance = Allowance("FCX101", "why", "here", function=pattern)
    assert allowance.match(finding(site=site(function=function))) is expected


def test_rule():
    """An allowance is for one rule."""
    assert not Allowance("FCX102", "why", "here").match(finding())


@pytest.mark.parametrize(
    ("tests", "expected"),
    [
        (("t.py::test_a",), True),
        (("t.py::test_b",), False),
        (("t.py::test_a", "t.py::test_b"), False),
        ((), False),
    ],
)
def test_one_test(tests, expected):
    """A test allows what is its own, and not what it shares with others."""
    allowance = Allowance("FCX101", "why", "here", test="t.py::test_a")
    assert allowance.match(finding(tests=tests)) is expected


def test_unused_lists_what_was_written():
    """A marker on a class is one allowance: used if one test used it, else listed once."""
    in_a, in_b = (Allowance("FCX101", "why", "marker in C", test=test) for test in ("a", "b"))
    line = Allowance("FCX101", "why", "ini option", "x.py", "f")
    assert unused([in_a, in_b, line], {in_a.key}) == [line]
    assert unused([in_a, in_b, line], {line.key}) == [in_b]
    assert unused([in_a, in_b, line], {in_b.key, line.key}) == []


def test_place_is_as_written():
    """An allowance shows its place as the ini file has it."""
    assert Allowance("FCX101", "why", "here", "x.py").place == "x.py"
    assert Allowance("FCX101", "why", "here", "x.py", "C.f").place == "x.py::C.f"
