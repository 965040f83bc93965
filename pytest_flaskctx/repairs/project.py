"""The files of the project: which may be changed, and which of them speak of a name."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from pytest_flaskctx.repairs import reasons
from pytest_flaskctx.repairs.modules import Module
from pytest_flaskctx.repairs.outcome import RefusedError

LARGEST = 1_000_000
"""Bytes of a file that is parsed, which takes a second for that many."""

PASSED_BY = {".git", "__pycache__", "dist-packages", "node_modules", "site-packages"}
CODE = {".py", ".pyi", ".pyx"}
TEMPLATES = {".htm", ".html", ".j2", ".jinja", ".jinja2", ".txt", ".xml"}
SETTINGS = {".cfg", ".ini", ".json", ".toml", ".yaml", ".yml"}


class Project:
    """What lies under the root directory, each file read once.

    Who speaks of a name is looked up in the whole repository, where the root is a part of one.
    """

    def __init__(self, root: Path, base: Path | None = None) -> None:
        self.root = Path(os.path.realpath(root))
        above = Path(os.path.realpath(base or root))
        self._top = above if self.root.is_relative_to(above) else self.root
        self._modules: dict[str, Module | RefusedError] = {}
        self._texts: dict[Path, str] | None = None

    def module(self, name: str) -> Module:
        """Return the parsed file ``name``, relative to the root directory.

        Raises:
            RefusedError: where it is not the user's own or cannot be read.
        """
        if name not in self._modules:
            try:
                self._modules[name] = self._read(name)
            except RefusedError as error:
                self._modules[name] = error
        known = self._modules[name]
        if isinstance(known, RefusedError):
            raise RefusedError(known.reason)
        return known

    def _read(self, name: str) -> Module:
        path = Path(os.path.normpath(self.root / name))
        if os.path.isabs(name) or name.startswith("<") or not path.is_relative_to(self.root):
            raise RefusedError(reasons.OUTSIDE.format(name))
        if any(_foreign(folder) for folder in path.parents if folder.is_relative_to(self.root)):
            raise RefusedError(reasons.INSTALLED.format(name))
        if path.suffix != ".py":
            raise RefusedError(reasons.NOT_PYTHON.format(name))
        if Path(os.path.realpath(path)) != path:
            raise RefusedError(reasons.LINKED.format(name))
        return Module(path, name, _content(path, name))

    def find(self, dotted: str) -> Module | None:
        """Return the module of that dotted name, or one that a relative import may mean."""
        parts = [part for part in dotted.split(".") if part]
        tails = ("/".join(parts) + ".py", "/".join([*parts, "__init__"]) + ".py")
        found = [path for path in self.texts() if _ends_with(path, tails)]
        if len(found) != 1 or not parts or not found[0].is_relative_to(self.root):
            return None
        return self.module(found[0].relative_to(self.root).as_posix())

    def texts(self) -> dict[Path, str]:
        """Return the text of every file that may name a function, by its path."""
        if self._texts is None:
            self._texts = {path: _text(path) for path in self._files()}
        return self._texts

    def makes(self, name: str) -> bool:
        """Whether a function or method of that name is made anywhere in the project."""
        made = re.compile(rf"\bdef\s+{re.escape(name)}\b")
        return any(made.search(text) for text in self.texts().values())

    def _files(self) -> Iterator[Path]:
        for folder, inner, files in os.walk(self._top):
            inner[:] = sorted(name for name in inner if not _foreign(Path(folder, name)))
            yield from (path for name in sorted(files) if _may_name(path := Path(folder, name)))


def _ends_with(path: Path, tails: tuple[str, ...]) -> bool:
    return any(f"/{path.as_posix()}".endswith(f"/{tail}") for tail in tails)


def _content(path: Path, name: str) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise RefusedError(reasons.TOO_LARGE.format(name))
        return path.read_bytes()
    except OSError as error:
        raise RefusedError(reasons.UNREADABLE.format(name)) from error


def _may_name(path: Path) -> bool:
    """Whether a file is code, or settings and no heap of data."""
    if path.suffix in SETTINGS | TEMPLATES:
        return path.exists() and path.stat().st_size <= LARGEST
    if not path.suffix:
        return _is_script(path)
    return path.suffix in CODE


def _is_script(path: Path) -> bool:
    """Whether a file without a suffix says that Python runs it."""
    try:
        with path.open("rb") as file:
            first = file.readline(200)
    except OSError:
        return False
    return first.startswith(b"#!") and b"python" in first


def _foreign(folder: Path) -> bool:
    """Whether what lies in a folder was installed there."""
    return folder.name in PASSED_BY or (folder / "pyvenv.cfg").exists()


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError:
        return ""


def speaks_of(text: str, *words: str) -> bool:
    """Whether each of ``words`` stands in ``text`` as a word of its own."""
    return all(re.search(rf"\b{re.escape(word)}\b", text) for word in words)
