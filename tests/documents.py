"""The pages of `docs/`: their blocks, and the play of a page from its top to its end.

A page is a project that grows as one reads on:

- a block of ``python``, ``ini`` or ``toml`` is a file; its first line names it (``# shop.py``), or
  it begins as the settings of pytest do. A later block of that name takes its place.
- a ``console`` block is typed: what stands below a command is what it prints.
- a ``text`` block is a screen: some run of the page prints it.
- a ``json`` block is a part of a JSON file that some run of the page wrote.
- ``# leaks: FCX101`` at the end of a line says that this is found there, whether the settings of the
  page let it fail or not; ``# fails: FCX101`` behind the head of a test, that this test fails with it;
  ``# fails`` alone, that it fails by itself. Nothing else may fail.
- ``sh`` blocks are for other machines, such as an installation, and are not run.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"

HOME = "/home/mia/shop"
"""Where the project of each page lies, as its screens show it."""

PLUGINS = {"howto/pytest-flask.md": ("flask",)}
"""What a page's runs load besides our plugin, pytest-timeout and pytest-xdist."""

REQUIRED = {
    "howto/async.md": {"asgiref"},
    "howto/fix.md": {"libcst"},
    "howto/pytest-flask.md": {"pytest_flask"},
    "howto/xdist.md": {"xdist"},
}
"""Modules that a page stands on and that its files do not import."""

FLASK = {"howto/pytest-flask.md": "3.1"}
"""The only version of Flask with which a page's screens are what is printed."""

_CONFIGS = {"[pytest]": "pytest.ini", "[tool.pytest.ini_options]": "pyproject.toml"}
_FENCE = re.compile(r"^```(\S*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r"# ([\w./-]+\.\w+)")
_MARK = re.compile(r"# (?:fails: |leaks: )?(FCX\d{3}|fails)$")
_OF_CI = ("CI", "BUILD_NUMBER", "GITHUB_ACTIONS")
_WHOLE = {"-q", "-rA", "--flaskctx-report", "-n", "2"}
"""Arguments with which a run of pytest is still one of the whole page, as it is set up."""


class Block(NamedTuple):
    """A fenced block of a page.

    Attributes:
        where: the page and the line of the fence.
        language: what stands behind the fence.
        text: the lines between.
    """

    where: str
    language: str
    text: str

    @property
    def name(self) -> str:
        """The file that the block is; empty for none."""
        first = self.text.partition("\n")[0]
        named = _NAME.fullmatch(first)
        return named[1] if named else _CONFIGS.get(first, "")


def pages() -> list[Path]:
    """Return all pages that are written by hand."""
    return sorted(page for page in DOCS.rglob("*.md") if page.parent.name != "rules")


def title(page: Path) -> str:
    """Return a page's path below `docs/`; its name where it lies elsewhere."""
    return page.relative_to(DOCS).as_posix() if page.is_relative_to(DOCS) else page.name


def blocks(page: Path) -> Iterator[Block]:
    """Yield the blocks of a page in their order."""
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(f"{title(page)}:{line}", found[1], found[2])


def needs(page: Path) -> set[str]:
    """Return the modules that a page stands on and that are not its own."""
    files = [block for block in blocks(page) if block.language == "python"]
    own = {part for block in files for part in (Path(block.name).stem, Path(block.name).parts[0])}
    named = {
        name
        for block in files
        for name in re.findall(r"^\s*(?:from|import) (\w+)", block.text, re.MULTILINE)
    }
    return (named - own) | REQUIRED.get(title(page), set())


class Play:
    """A page, played.

    Args:
        page: the page.
        folder: an empty folder for its files.
    """

    def __init__(self, page: Path, folder: Path) -> None:
        self._page = page
        self._folder = folder.resolve()
        self._outcomes = folder.with_name(f"{folder.name}-outcomes")
        self._files: dict[str, str] = {}
        self._checked = True
        self.outputs: list[str] = []
        folder.joinpath("pytest.ini").write_text("[pytest]\n")

    def run(self) -> None:
        """Do what the page says, from its top to its end."""
        for block in blocks(self._page):
            if block.language in ("python", "ini", "toml"):
                self._write(block)
            elif block.language == "console":
                self._type(block)
        self._check()

    def compare(self, where: str, screen: str, output: str) -> None:
        """Look whether the screen below a command is a part of what it printed."""
        assert steady(screen) in steady(output), f"{where} prints\n{output}"

    def printed(self, screen: str) -> bool:
        """Whether some run of the page printed ``screen``."""
        return any(steady(screen) in steady(output) for output in self.outputs)

    def documents(self) -> list[Any]:
        """Return the JSON files that the page's commands wrote."""
        return [json.loads(path.read_text()) for path in self._folder.glob("*.json")]

    def holds(self, part: Any) -> bool:
        """Whether one of those files has all of ``part``."""
        return any(holds(document, part) for document in self.documents())

    def _write(self, block: Block) -> None:
        assert block.name, f"{block.where}: the first line names no file"
        if block.name in self._files:
            self._check()
        if block.name in _CONFIGS.values():
            for name in _CONFIGS.values():
                self._folder.joinpath(name).unlink(missing_ok=True)
        path = self._folder / block.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")
        self._files[block.name] = block.text
        self._checked = False

    def _type(self, block: Block) -> None:
        for command, screen in re.findall(
            r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block.text, re.MULTILINE
        ):
            self.compare(f"{block.where}: {command}", screen, self._execute(command))
            if command.startswith("pytest") and set(shlex.split(command)[1:]) <= _WHOLE:
                self._judge(block.where)

    def _check(self) -> None:
        """Run all tests as they are by now, unless that is done."""
        if self._checked or not any(Path(name).name.startswith("test_") for name in self._files):
            return
        self._execute("pytest -rA")
        self._judge(title(self._page))

    def _execute(self, command: str) -> str:
        self._outcomes.unlink(missing_ok=True)
        program, _, rest = command.partition(" ")
        python = f'"{sys.executable}"'
        known = {"pytest": f"{python} -m pytest", "python": python}
        done = subprocess.run(
            f"{known[program]} {rest}",
            shell=True,
            cwd=self._folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        output = done.stdout.replace(str(self._folder), HOME)
        self.outputs.append(output)
        return output

    def _environment(self) -> dict[str, str]:
        plugins = ("flaskctx", "timeout", *(["xdist"] if find_spec("xdist") else []), "outcomes")
        plugins += PLUGINS.get(title(self._page), ())
        options = [f"-p {name}" for name in plugins]
        # A page may show what is installed: a file of its own in a folder with that name.
        path = [str(ROOT / "tests" / "pages"), str(self._folder / "site-packages")]
        path.append(os.environ.get("PYTHONPATH", ""))
        # There pytest cuts its last lines as it does in a terminal.
        known = {name: value for name, value in os.environ.items() if name not in _OF_CI}
        return known | {
            "COLUMNS": "80",
            "PAGE_OUTCOMES": str(self._outcomes),
            "PYTEST_ADDOPTS": " ".join([*options, "-p no:cacheprovider", "--color=no"]),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONPATH": os.pathsep.join(filter(None, path)),
        }

    def _judge(self, where: str) -> None:
        """Compare what failed in the latest run with what the marks promise."""
        lines = self._outcomes.read_text().splitlines() if self._outcomes.exists() else []
        told = [json.loads(line) for line in lines]
        failed = {each["test"] for each in told if each.get("outcome") == "failed"}
        findings = [each for each in told if "code" in each]
        failing = [each for each in findings if each["fails"]]
        by_test = {(test, each["code"]) for each in failing for test in each["tests"]}
        by_line = {(each["place"], each["code"]) for each in findings}
        tests, places = self._promised()
        unmarked = [
            each
            for each in failing
            if (each["place"], each["code"]) not in places
            and not {(test, each["code"]) for test in each["tests"]} <= tests
        ]
        output = f"{where}\n{self.outputs[-1]}"
        assert any("test" in each for each in told), f"no test ran: {output}"
        assert unmarked == [], output
        alone = {(test, code) for test, code in tests if code == "fails"}
        assert tests - alone <= by_test, f"{tests - by_test} not found: {output}"
        assert places <= by_line, f"{places - by_line} not found: {output}"
        assert failed == {test for test, _ in by_test | alone}, output
        self._checked = True

    def _promised(self) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
        """Return the tests and the lines that are marked, each with the code."""
        tests, places = set(), set()
        for name, text in self._files.items():
            for number, line in enumerate(text.splitlines(), 1):
                if mark := _MARK.search(line):
                    test = re.match(r"\s*(?:async )?def (test_\w+)", line)
                    (tests if test else places).add(
                        (test[1] if test else f"{name}:{number}", mark[1])
                    )
        return tests, places


def steady(text: str) -> str:
    """Return ``text`` without what differs from run to run: threads' numbers and times."""
    text = re.sub(r"\b(Thread|ThreadPoolExecutor|asyncio)[-_]\d+(?:_\d+)?", r"\1-N", text)
    text = re.sub(r"\b\d+\.\d\ds\b", "N s", text)
    return re.sub(r"={3,}", "===", text)


def holds(whole: Any, part: Any) -> bool:
    """Whether a JSON value has all of what a page shows of it, but for what differs from run to run."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            key in whole and (key in _VARYING or holds(whole[key], value))
            for key, value in part.items()
        )
    if isinstance(part, list):
        return isinstance(whole, list) and all(
            any(holds(each, shown) for each in whole) for shown in part
        )
    return bool(whole == part)


_VARYING = {"process", "thread", "owner_thread", "tool"}
