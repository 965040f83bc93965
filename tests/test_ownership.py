"""Whose code a file is, seen from one project."""

from __future__ import annotations

import os
import threading
from importlib import metadata
from pathlib import Path

import _pytest.python
import flask
import pytest

import pytest_flaskctx
from pytest_flaskctx.facts import FileKind
from pytest_flaskctx.ownership import Ownership, project_name, real_path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with two environments in it."""
    for environment in (".venv", "env/deep"):
        (tmp_path / environment).mkdir(parents=True)
        (tmp_path / environment / "pyvenv.cfg").touch()
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "Shop_App"\n')
    return tmp_path


INSIDE: dict[str, FileKind] = {
    "app.py": "user",
    "tests/test_app.py": "user",
    "bin/manage": "user",
    ".venv/lib/python3.13/site-packages/requests/api.py": "library",
    ".venv/lib/python3.13/site-packages/flask/app.py": "flask",
    ".venv/lib/python3.13/site-packages/werkzeug/local.py": "werkzeug",
    ".venv/lib/python3.13/site-packages/_pytest/python.py": "pytest",
    ".venv/lib/python3.13/site-packages/pytest_timeout.py": "pytest",
    ".venv/bin/tool": "library",
    "env/deep/src/thing.py": "library",
    "templates/page.html": "library",
}


@pytest.mark.parametrize("file", INSIDE)
def test_what_lies_under_the_root_is_the_users(project: Path, file: str) -> None:
    """Environments apart, and what is no Python."""
    assert Ownership(project).classify(str(project / file)) == INSIDE[file]


REAL: dict[str, FileKind] = {
    threading.__file__: "stdlib",
    os.__file__: "stdlib",
    flask.__file__: "flask",
    pytest_flaskctx.__file__: "flaskctx",
    _pytest.python.__file__: "pytest",
    "/elsewhere/thing.py": "library",
    "<string>": "library",
    "<frozen runpy>": "stdlib",
    "<doctest shop[0]>": "user",
    "<werkzeug routing>": "werkzeug",
}


@pytest.mark.parametrize("file", REAL)
def test_everybody_elses_files_are_known(project: Path, file: str) -> None:
    """The installed packages, the standard library, and what was compiled from no file."""
    ownership = Ownership(project)
    assert [ownership.classify(file) for _ in range(2)] == [REAL[file]] * 2


def test_a_declared_package_may_lie_anywhere(project: Path) -> None:
    """Flask under test in its own source tree is still Flask, asked before or after."""
    ownership = Ownership(project)
    file = str(project / "src" / "flask" / "app.py")
    assert ownership.classify(file) == "user"
    ownership.add_package(str(project / "src" / "flask"), "flask")
    assert ownership.classify(file) == "flask"
    assert ownership.classify(str(project / "src" / "flaskr" / "app.py")) == "user"


def test_what_the_project_installs_is_the_users(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own distribution may sit in site-packages: its packages and modules are the user's."""
    tops = {"shop": ["shop-app"], "tills": ["Shop.App"], "requests": ["requests"]}
    monkeypatch.setattr(metadata, "packages_distributions", lambda: tops)
    ownership = Ownership(project)
    site = "/usr/lib/python3/dist-packages"
    assert ownership.classify(f"{site}/shop/app.py") == "user"
    assert ownership.classify(f"{site}/tills.py") == "user"
    assert ownership.classify(f"{site}/requests/api.py") == "library"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('[project]\nname = "My.Shop__App"\n', "my-shop-app"),
        ("[project]\n", None),
        ("[project]\nname = 3\n", None),
        ("project = 3\n", None),
        ("not toml at all [", None),
        (None, None),
    ],
)
def test_the_name_of_the_project(tmp_path: Path, text: str | None, name: str | None) -> None:
    """It is read from pyproject.toml, and normalised; whatever else stands there is no name."""
    if text is not None:
        (tmp_path / "pyproject.toml").write_text(text)
    assert project_name(tmp_path) == name


def test_a_project_without_a_name_installs_nothing(tmp_path: Path) -> None:
    """What lies in site-packages is then a library's."""
    file = "/usr/lib/python3/site-packages/shop/app.py"
    assert Ownership(tmp_path).classify(file) == "library"


def test_a_root_in_a_repository_owns_the_repository(tmp_path: Path) -> None:
    """Tests with an ini file of their own still test the code beside them."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "tests").mkdir()
    ownership = Ownership(tmp_path / "tests")
    assert ownership.classify(str(tmp_path / "shop" / "app.py")) == "user"


def test_a_root_behind_a_link_owns_what_is_there(tmp_path: Path) -> None:
    """A file may be named by its real path or by the link."""
    (tmp_path / "real").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "real", target_is_directory=True)
    assert Ownership(link).classify(str(tmp_path / "real" / "app.py")) == "user"
    assert Ownership(link).classify(str(link / "app.py")) == "user"


def test_a_root_inside_an_environment_is_a_project_all_the_same(tmp_path: Path) -> None:
    """An environment around the root does not make the project a library."""
    (tmp_path / "pyvenv.cfg").touch()
    (tmp_path / "project").mkdir()
    assert Ownership(tmp_path / "project").classify(str(tmp_path / "project" / "a.py")) == "user"


@pytest.mark.parametrize("name", ["/a\0b.py", "/a\ud800.py"])
def test_what_cannot_be_a_file_is_nobodys(name: str, tmp_path: Path) -> None:
    """Code may name any text as its file; that must not end in an error."""
    assert real_path(name) == name
    assert Ownership(tmp_path).classify(name) == "library"
