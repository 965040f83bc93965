"""Little projects with a leak, the finding that stands for it, and what its repair makes of them."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from builders import finding, frame, handover, site

from pytest_flaskctx.findings import Finding, Site

HEAD = """\
from concurrent.futures import ThreadPoolExecutor

import flask
from flask import Flask, current_app, g, request, session

app = Flask(__name__)
pool = ThreadPoolExecutor()


"""
WORK = """\
def work():
    send(request.args["to"])
"""
VIEW = """\
def view():
    pool.submit(work)
"""
SEND = """\
def send(text):
    print(text)


"""


def app(task: str = WORK, view: str = VIEW, head: str = HEAD) -> str:
    """Return a module with a task and the view that hands it over."""
    return f"{head}{SEND}{task}\n\n@app.post('/')\n{view}"


def write(root: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files with the line ends that they have."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


def place(root: Path, file: str, text: str, function: str = "f") -> Site:
    """Return where a text stands for the first time in a file; it may be of several lines."""
    source = (root / file).read_text(encoding="utf-8-sig")
    start = source.index(text)
    # `g.to)` tells one use of `g.to` from another.
    text = text[:-1] if text.count(")") > text.count("(") else text
    line = source.count("\n", 0, start) + 1
    column = start - (source.rfind("\n", 0, start) + 1)
    end = None if "\n" in text else column + len(text)
    return Site(file, line, column, end, function, " ".join(text.split()))


def leak(
    root: Path,
    use: str = "request.args",
    call: str = "pool.submit(work)",
    kind: Any = "submit",
    *,
    file: str = "app.py",
    home: str = "app.py",
    **changes: Any,
) -> Finding:
    """Return the finding of a use in one file that another one, or the same, hands over."""
    handed = handover(kind)._replace(site=place(root, home, call, "view"))
    return finding(**{"site": place(root, file, use), "handover": handed, **changes})


def apply(root: Path, patch: str) -> dict[str, str]:
    """Let git apply a patch, and return the files that it changed."""
    before = {path: path.read_bytes() for path in root.rglob("*.py")}
    subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"],
        cwd=root,
        input=patch.encode(),
        check=True,
        capture_output=True,
    )
    changed = {path for path, text in before.items() if path.read_bytes() != text}
    return {path.relative_to(root).as_posix(): path.read_bytes().decode() for path in changed}


__all__ = [
    "HEAD",
    "app",
    "apply",
    "finding",
    "frame",
    "handover",
    "leak",
    "place",
    "replace",
    "site",
    "write",
]
