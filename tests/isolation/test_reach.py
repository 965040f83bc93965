"""Whose lines are switch points."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_flaskctx.isolation.reach import Reach, places_of
from pytest_flaskctx.ownership import Ownership
from pytest_flaskctx.settings import SettingsError

Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Write files of libraries where Python finds them; return the folder."""
    folder = tmp_path / "site-packages"

    def made(**files: str) -> Path:
        for name, text in files.items():
            path = folder / f"{name.replace('__', '/', 1)}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return folder

    monkeypatch.syspath_prepend(folder)
    before = set(sys.modules)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield made
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_the_users_lines_are_stepped_through(tmp_path: Path) -> None:
    """No library's are; of them only uses of the proxies."""
    reach = Reach(Ownership(tmp_path))
    mine, theirs = str(tmp_path / "app.py"), str(tmp_path / "site-packages" / "acme.py")
    assert (reach.steps(mine), reach.keeps(mine), reach.own(mine)) == (True, True, True)
    assert (reach.steps(theirs), reach.keeps(theirs), reach.own(theirs)) == (False, False, False)
    assert (reach.extends(mine), reach.extends(theirs)) == (False, True)


def test_a_library_that_is_asked_for_is_stepped_through(tmp_path: Path, install: Install) -> None:
    """A package with all that is in it, or one module; what they hold is followed, too."""
    folder = install(acme____init__="", acme__people="", acmetools="", one="")
    reach = Reach(Ownership(tmp_path), ["acme", "one"], "here")
    for asked in ("acme/__init__.py", "acme/people.py", "one.py"):
        assert reach.steps(str(folder / asked))
        assert reach.keeps(str(folder / asked))
        assert not reach.own(str(folder / asked))
    assert not reach.steps(str(folder / "acmetools.py"))


def test_a_module_of_a_package_is_stepped_through_alone(tmp_path: Path, install: Install) -> None:
    """The rest of the package is none of its lines."""
    folder = install(acme____init__="", acme__people="", acme__shops="")
    reach = Reach(Ownership(tmp_path), ["acme.people"], "here")
    assert reach.steps(str(folder / "acme" / "people.py"))
    assert not reach.steps(str(folder / "acme" / "shops.py"))


def test_of_flask_and_python_only_lines_can_be_asked_for(tmp_path: Path) -> None:
    """What they hold is more than the app's."""
    import queue

    import flask

    reach = Reach(Ownership(tmp_path), ["flask", "queue"], "here")
    for file in (str(flask.__file__), str(queue.__file__)):
        assert reach.steps(file)
        assert not reach.keeps(file)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "nobodys",
            "'nobodys' cannot be imported: ModuleNotFoundError: No module named 'nobodys'",
        ),
        ("acme_fails", "'acme_fails' cannot be imported: ZeroDivisionError: no"),
        ("sys", "'sys' has no lines of Python to step through"),
    ],
)
def test_what_cannot_be_stepped_through_is_named(name: str, message: str, install: Install) -> None:
    """With who asks for it."""
    install(acme_fails="raise ZeroDivisionError('no')")
    with pytest.raises(SettingsError) as caught:
        places_of(name, "here")
    assert str(caught.value) == f"here: {message}"
