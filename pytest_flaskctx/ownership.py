"""Whose code a file is: the user's, Flask's, the standard library's, a library's."""

from __future__ import annotations

import os
import re
import sys
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_flaskctx.stacks import MADE

if TYPE_CHECKING:
    from pytest_flaskctx.facts import FileKind

_OWN = os.path.dirname(os.path.abspath(__file__)) + os.sep
_STDLIB = (
    os.path.join(os.path.dirname(os.path.realpath(os.__file__)), ""),
    # Where a system keeps what it compiled for the platform, such as /usr/lib64.
    os.path.join(sys.base_exec_prefix, sys.platlibdir, "python{}.{}".format(*sys.version_info), ""),
)
_SITE = r"[\\/](?:site|dist)-packages[\\/](?P<top>[^\\/]+)"
# A template's frames have the template's name and the line numbers of what it was compiled to.
_PYTHON = ("", ".py", ".pyw")
_MADE: tuple[tuple[str, FileKind], ...] = (
    (MADE, "flaskctx"),
    ("<doctest", "user"),
    ("<frozen", "stdlib"),
    ("<werkzeug", "werkzeug"),
)
_TOPS: dict[str, FileKind] = {
    "flask": "flask",
    "werkzeug": "werkzeug",
    "pytest": "pytest",
    "_pytest": "pytest",
    "pluggy": "pytest",
    "xdist": "pytest",
    "execnet": "pytest",
    "pytest_timeout.py": "pytest",
}


def real_path(path: str) -> str:
    """Return a path without links; one that cannot be any file's stays as it is."""
    try:
        return os.path.realpath(path)
    except ValueError:  # a zero, or half a surrogate pair
        return path


class Ownership:
    """Sorts files by whose they are, seen from one project.

    Args:
        root: the root directory of the suite.
        packages: directories of packages that may be checked out anywhere, with their kind; Flask
            under test in its own source tree is still Flask.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        base = _repository(root)
        self._base = base
        self._prefix = os.path.join(os.path.realpath(base), "")
        self._plain = os.path.join(str(base), "")
        self._packages: dict[str, FileKind] = {_OWN: "flaskctx"}
        self._known: dict[str, FileKind] = {}

    def add_package(self, directory: str, kind: FileKind) -> None:
        """Declare everything below ``directory`` to be of ``kind``."""
        self._packages[os.path.join(directory, "")] = kind
        self._known.clear()

    def classify(self, file: str) -> FileKind:
        """Return whose code ``file`` is."""
        kind = self._known.get(file)
        if kind is None:
            kind = self._known[file] = self._classify(file)
        return kind

    def _classify(self, file: str) -> FileKind:
        if file.startswith("<"):
            return _made(file)
        path = os.path.abspath(file)
        if os.path.splitext(path)[1] not in _PYTHON:
            return "library"
        for directory, kind in self._packages.items():
            if path.startswith(directory):
                return kind
        if site := re.search(_SITE, path):
            return self._installed(site["top"])
        if real_path(path).startswith(_STDLIB):
            return "stdlib"
        return "user" if self._under_root(path) else "library"

    def _under_root(self, path: str) -> bool:
        inside = path.startswith(self._plain) or real_path(path).startswith(self._prefix)
        return inside and not _in_environment(Path(path), self._base)

    def _installed(self, top: str) -> FileKind:
        known = _TOPS.get(top)
        if known is not None:
            return known
        return "user" if top.removesuffix(".py") in self._own_tops else "library"

    @cached_property
    def _own_tops(self) -> frozenset[str]:
        """Top-level names that the project under test itself installs."""
        name = project_name(self.root)
        if name is None:
            return frozenset()
        tops = metadata.packages_distributions()
        return frozenset(
            top for top, dists in tops.items() if name in {_normal(dist) for dist in dists}
        )


def _repository(root: Path) -> Path:
    """Return the repository that ``root`` lies in, else ``root``: tests/ may have its own ini."""
    return next((path for path in (root, *root.parents) if (path / ".git").exists()), root)


def project_name(root: Path) -> str | None:
    """Return the normalised distribution name in ``root``'s pyproject.toml, if it says one."""
    import tomllib

    try:
        text = (root / "pyproject.toml").read_text(encoding="utf-8")
        name = tomllib.loads(text).get("project", {}).get("name")
    except (OSError, ValueError, AttributeError):
        return None
    return _normal(name) if isinstance(name, str) else None


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _made(file: str) -> FileKind:
    """Return whose code it is that was compiled from no file."""
    return next((kind for name, kind in _MADE if file.startswith(name)), "library")


def _in_environment(path: Path, root: Path) -> bool:
    """Whether a virtual environment stands between ``root`` and ``path``."""
    for parent in path.parents:
        if parent == root:
            return False
        if (parent / "pyvenv.cfg").exists():
            return True
    return False
