"""Imports that are put in, made longer or left out: where they run, and how they look."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("libcst")

from repairing import apply, leak, write

from pytest_flaskctx.repairs import repair

VIEW = """\


@app.post("/")
def view():
    pool.submit(jobs.work)
"""


def added(root: Path, head: str) -> str:
    """Return the head of a file that needs an import more."""
    jobs = "from flask import request\n\n\ndef work():\n    print(request.path)\n"
    write(root, {"app.py": head + VIEW, "jobs.py": jobs})
    found = leak(root, "request.path", "pool.submit(jobs.work)", file="jobs.py")
    patch, reason = repair(found, root)
    assert not reason
    return apply(root, patch or "")["app.py"].partition("\n\n\n@app")[0] + "\n"


def left(root: Path, head: str) -> str:
    """Return the head of a file that needs an import no more."""
    write(root, {"app.py": f"import jobs{VIEW}", "jobs.py": f"{head}def work():\n    {USE}\n"})
    found = leak(root, "request.path", "pool.submit(jobs.work)", file="jobs.py")
    patch, reason = repair(found, root)
    assert not reason
    return apply(root, patch or "")["jobs.py"].partition("def work")[0]


USE = "print(request.path, current_app.name)"
NEW = "from flask import request\n"
PATCH = "from gevent import monkey\n"

ADDED = {
    "from os import environ\n\n|import flask\nimport jobs\n": (
        "from os import environ\n\nimport flask\nimport jobs\n" + NEW
    ),
    PATCH + "|\nmonkey.patch_all()\n\nimport flask\nimport jobs\n": (
        PATCH + "\nmonkey.patch_all()\n\nimport flask\n" + NEW + "import jobs\n"
    ),
    PATCH + "|\nmonkey.patch_all()\n\nimport jobs\n": (
        PATCH + "\nmonkey.patch_all()\n\nimport jobs\n" + NEW
    ),
    "import os\n\nos.environ['A'] = '1'\n\nimport jobs\n": (
        "import os\n\nos.environ['A'] = '1'\n\nimport jobs\n" + NEW
    ),
    "import eventlet.patcher\nimport jobs\n": "import eventlet.patcher\nimport jobs\n" + NEW,
    "import jobs\n": "import jobs\n" + NEW,
}


@pytest.mark.parametrize("head", ADDED)
def test_an_import_runs_no_earlier_than_its_package_did(head: str, tmp_path: Path) -> None:
    """Something may have to be done before."""
    assert added(tmp_path, head.replace("|", "")).replace("\n\n" + NEW, "\n" + NEW) == ADDED[head]


def test_an_import_may_be_the_last_line(tmp_path: Path) -> None:
    """Where all imports stand below."""
    jobs = "from flask import request\n\n\ndef work():\n    print(request.path)\n"
    write(tmp_path, {"jobs.py": jobs})
    for last in ("import os\nimport jobs\n", "import jobs\n\nimport os\n"):
        write(tmp_path, {"app.py": VIEW.strip("\n") + "\n\n\n" + last})
        found = leak(tmp_path, "request.path", "pool.submit(jobs.work)", file="jobs.py")
        patch, reason = repair(found, tmp_path)
        assert not reason
        assert apply(tmp_path, patch or "")["app.py"].endswith(last + NEW)
        write(tmp_path, {"jobs.py": jobs})


LONGER = {
    "from flask import (\n    Flask,\n    jsonify,  # for json\n)\n": (
        "from flask import (\n    Flask,\n    jsonify,  # for json\n    request,\n)\n"
    ),
    "from flask import (  # a\n    Flask,  # b\n    session\n)\n": (
        "from flask import (  # a\n    Flask,  # b\n    request,\n    session\n)\n"
    ),
    "from flask import (\n    session,  # s\n)\n": (
        "from flask import (\n    request,\n    session,  # s\n)\n"
    ),
    "from flask import (\n    session, url_for)\n": (
        "from flask import (\n    request, session, url_for)\n"
    ),
    "from flask import (Flask, url_for)\n": "from flask import (Flask, request, url_for)\n",
    "from flask import (Flask)\n": "from flask import (Flask, request)\n",
    "from flask import Flask, \\\n    url_for\n": (
        "from flask import Flask, \\\n    request, \\\n    url_for\n"
    ),
    "from flask import session\n": "from flask import request, session\n",
}


@pytest.mark.parametrize("head", LONGER)
def test_a_name_more_stands_as_the_others_do(head: str, tmp_path: Path) -> None:
    """In their order, on a line of its own where they are so."""
    assert added(tmp_path, head + "import jobs\n") == LONGER[head] + "import jobs\n"


LEFT = {
    "(\n    current_app,  # the app\n    request,  # the request\n)": (
        "(\n    current_app,  # the app\n)"
    ),
    "(\n    current_app,\n    request,  # the request\n)": "(\n    current_app,\n)",
    "(\n    current_app,  # the app\n    request  # the request\n)": (
        "(\n    current_app,  # the app\n)"
    ),
    "(\n    current_app,  # the app\n    request)": "(\n    current_app,  # the app\n    )",
    "(\n    current_app,\n    request)": "(\n    current_app)",
    "(current_app, request)": "(current_app)",
    "(\n    request,\n    current_app,\n)": "(\n    current_app,\n)",
    "current_app, \\\n    request": "current_app",
}


@pytest.mark.parametrize("names", LEFT)
def test_a_name_less_takes_its_line_along(names: str, tmp_path: Path) -> None:
    """And its comment, but none of another one's."""
    global_use = "\nprint(current_app)\n\n\n"
    head = left(tmp_path, f"from flask import {names}\n{global_use}")
    assert head == f"from flask import {LEFT[names]}\n{global_use}"


FIRST = {
    "from flask import current_app, request\n\nOUT = []\n": "OUT = []\n",
    "# Copyright\n\nfrom flask import current_app, request\n\n# Constants\nOUT = []\n": (
        "# Copyright\n\n# Constants\nOUT = []\n"
    ),
    "# Names\nfrom flask import current_app, request\n\nOUT = []\n": "# Names\n\nOUT = []\n",
    '"""Jobs."""\n\nfrom flask import current_app, request\n\nOUT = []\n': (
        '"""Jobs."""\n\nOUT = []\n'
    ),
}


@pytest.mark.parametrize("head", FIRST)
def test_no_file_begins_with_a_blank_line(head: str, tmp_path: Path) -> None:
    """Where its first import goes."""
    assert left(tmp_path, head) == FIRST[head]


DIRECTIVES = ["# type: ignore[index]", "# noqa: E501", "# noqa", "#  pragma: no cover"]


@pytest.mark.parametrize("comment", [*DIRECTIVES, "# the path", "# type: told"])
def test_what_is_told_a_tool_about_a_line_goes_with_it(comment: str, tmp_path: Path) -> None:
    """What is told a reader stays, on a line of its own."""
    lines = f"path = request.path  {comment}\n    print(path)\n"
    write(tmp_path, {"app.py": f"import jobs{VIEW}"})
    write(tmp_path, {"jobs.py": f"from flask import request\n\n\ndef work():\n    {lines}"})
    found = leak(tmp_path, "request.path", "pool.submit(jobs.work)", file="jobs.py")
    patch, reason = repair(found, tmp_path)
    assert not reason
    kept = "" if comment in DIRECTIVES else f"    {comment}\n"
    after = apply(tmp_path, patch or "")["jobs.py"]
    assert after == f"def work(path):\n{kept}    print(path)\n"
