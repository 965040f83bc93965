"""The corpus' leaking apps, repaired by one diff, and run again."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("libcst")

from pytest_flaskctx.findings import Finding
from pytest_flaskctx.repairs import combined
from pytest_flaskctx.reports.jsonfile import from_json

CORPUS = Path(__file__).parents[1] / "corpus"
ASSERTS_THE_LEAK = {"basket_prices_map.py", "clinic_context_thread.py"}
"""Apps whose tests assert what the leak makes of them: repaired, they must fail."""

CANDIDATE = re.compile("# LEAK (FCX101|FCX201|FCX202|FCX207)")

COLLECTING = """
import json, os
from pathlib import Path
from pytest_flaskctx.reports.jsonfile import to_json

def pytest_flaskctx_finding(finding):
    root = Path(os.environ["COLLECTED"])
    with (root / "found.jsonl").open("a") as out:
        out.write(json.dumps(to_json(finding, root)) + "\\n")
"""


def run(root: Path, *arguments: str) -> tuple[list[Finding], dict[str, str]]:
    """Run pytest on apps in one process; return what it finds, and each test's outcome."""
    (root / "found.jsonl").unlink(missing_ok=True)
    (root / "collecting.py").write_text(COLLECTING)
    command = [sys.executable, "-m", "pytest", "-c", os.devnull, f"--rootdir={root}", "-q", "-rA"]
    command += ["-p", "flaskctx", "-p", "no:cacheprovider", "-p", "patient", "-p", "collecting"]
    command += ["-o", "python_files=*.py", *arguments]
    path = os.pathsep.join([str(root), str(CORPUS), os.environ.get("PYTHONPATH", "")])
    environment = {
        "PYTHONPATH": path,
        "COLLECTED": str(root),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    done = subprocess.run(
        command, cwd=root, env=os.environ | environment, capture_output=True, text=True
    )
    said = re.findall(r"^(PASSED|FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    assert said, done.stdout + done.stderr
    file = root / "found.jsonl"
    lines = file.read_text().splitlines() if file.exists() else []
    return [from_json(json.loads(line), root) for line in lines], {test: how for how, test in said}


def cell(file: Path) -> tuple[Any, ...]:
    """Return the mechanism and proxy of an app."""
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CELL":
            return tuple(ast.literal_eval(node.value))[:2]
    raise AssertionError(f"no cell in {file}")


def test_repaired_apps_leak_no_more_and_pass(tmp_path: Path) -> None:
    """At least 20 leaks of 8 kinds are gone, nothing new is found, and no test gets worse."""
    (tmp_path / "leaking").mkdir()
    for file in (CORPUS / "leaking").glob("*.py"):
        if file.name not in ASSERTS_THE_LEAK and CANDIDATE.search(file.read_text()):
            shutil.copy(file, tmp_path / "leaking")
    found, _ = run(tmp_path, "-o", "flaskctx=warn", "leaking")
    diff, left = combined(found, tmp_path)
    files = sorted(re.findall(r"^\+\+\+ b/(\S+)", diff, re.MULTILINE))
    plain = run(tmp_path, "-o", "flaskctx=off", *files)[1]
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=diff, text=True, check=True)
    again, outcomes = run(tmp_path, "-o", "flaskctx=fail", *files)
    assert again == []
    assert outcomes == plain
    assert set(plain.values()) == {"PASSED"}
    refused = {id(finding) for finding, _ in left}
    repaired = [each for each in found if id(each) not in refused]
    cells = Counter(cell(tmp_path / each.file) for each in repaired)
    assert {each.file for each in repaired} == set(files)
    assert len(repaired) >= 20
    assert len(cells) >= 8


def test_what_is_left_alone_has_a_reason(tmp_path: Path) -> None:
    """Apps of every other kind are not touched, and each finding says why."""
    for name in ("ferry_context_timer.py", "trace_guard_truth.py", "observatory_proxy_closure.py"):
        (tmp_path / "leaking").mkdir(exist_ok=True)
        shutil.copy(CORPUS / "leaking" / name, tmp_path / "leaking")
    found, _ = run(tmp_path, "-o", "flaskctx=warn", "leaking")
    diff, left = combined(found, tmp_path)
    assert diff == ""
    assert [each for each, _ in left] == found
    assert all(reason and not reason.endswith(".") for _, reason in left)
