"""The README and the examples: what they show is what is printed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    """The run over all examples: what pytest printed, and the JSON file."""
    pytest.importorskip("flask_login")
    pytest.importorskip("flask_sqlalchemy")
    out = tmp_path_factory.mktemp("examples") / "out.json"
    return _run("examples", "-o", "flaskctx_drain=fast", folder=ROOT, out=out)


def _run(*arguments: str, folder: Path, out: Path):
    """Run pytest in ``folder``; return what it printed, and the JSON file."""
    command = [sys.executable, "-m", "pytest", *arguments, "-p", "no:cacheprovider"]
    command += [f"--flaskctx-json={out}", "--color=no", "-rA"]
    environment = os.environ | {"COLUMNS": "80", "PYTEST_ADDOPTS": ""}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout, json.loads(out.read_text())


def blocks(document: Path) -> list[str]:
    """Return the blocks of plain text in a document."""
    found = re.findall(r"```text\n(.*?)```", document.read_text(), re.DOTALL)
    assert found, f"{document} shows nothing"
    return found


def test_each_leak_fails_and_its_repair_passes(examples) -> None:
    """Of the examples, the tests named test_leak fail, and no other."""
    output, _ = examples
    failed = set(re.findall(r"^FAILED (\S+)", output, re.MULTILINE))
    passed = set(re.findall(r"^PASSED (\S+)", output, re.MULTILINE))
    leaks = {test for test in failed | passed if test.endswith("::test_leak")}
    assert failed == leaks
    assert len(failed) == 9
    assert len(passed) >= 10


def test_the_story_is_named_at_both_ends(examples) -> None:
    """The f-string's field is the access, the submit in the view the hand-over."""
    _, document = examples
    (story,) = [each for each in document["findings"] if each["file"] == "queue_task/leak.py"]
    assert story["expression"] == "{incoming}"
    assert story["origin"]["expression"] == "pool.submit(process_task)"
    assert story["request"] == {"method": "POST", "rule": "/task", "endpoint": "queue_task"}
    assert "incoming_data = request.json" in story["hint"]


def test_bob_is_shown_what_is_alices(examples) -> None:
    """A process that was forked for one request and works for another is told with both."""
    output, document = examples
    (bleed,) = [each for each in document["findings"] if each["file"] == "dashboard/leak.py"]
    assert bleed["code"] == "FCX202"
    assert bleed["expression"] == "request.headers"
    assert "of GET /dashboard reads the context of another GET /dashboard" in bleed["message"]
    text = _block_of(output, "dashboard/leak.py:14: in figures")
    assert "handed over here, by submit(), while serving GET /dashboard" in text
    assert "the context came with the process, forked here, while serving GET /dashboard" in text
    # The requests are alike: who made which is told by the test's lines.
    assert re.findall(r"test_dashboard.py:(\d+) in test_leak", text) == ["19", "18"]


@pytest.mark.parametrize("switch", ["--flaskctx-inherit", "-Xthread_inherit_context=1"])
def test_a_thread_that_inherits_shows_bob_what_is_alices(tmp_path: Path, switch: str) -> None:
    """By our option on any Python, and where Python does it by itself."""
    if switch.startswith("-X") and sys.version_info < (3, 14):
        pytest.skip("came in 3.14")
    python, ours = ([switch], []) if switch.startswith("-X") else ([], [switch])
    out = tmp_path / "out.json"
    command = [sys.executable, *python, "-m", "pytest", "examples/inbox", "-p", "no:cacheprovider"]
    subprocess.run([*command, *ours, f"--flaskctx-json={out}"], cwd=ROOT, check=False)
    (bleed,) = json.loads(out.read_text())["findings"]
    assert (bleed["code"], bleed["file"]) == ("FCX202", "inbox/leak.py")
    assert bleed["tests"] == ["inbox/test_inbox.py::test_leak"]


def _block_of(output: str, line: str) -> str:
    """Return what is told of the finding at ``line``."""
    return output.partition(line)[2].partition("\nmore:")[0]


def test_the_other_users_account_is_told_with_its_holder(examples) -> None:
    """The bleed is found with the module global that holds it, and the line that replays it."""
    _, document = examples
    (finding,) = [each for each in document["findings"] if each["file"] == "account/leak.py"]
    assert finding["code"] == "FCX401"
    assert finding["bleed"]["holder"] == "account.leak.current_user"
    assert finding["tests"] == ["account/test_account.py::test_leak"]


def test_readme_shows_what_is_printed(examples) -> None:
    """The screens in the README are the examples' own, to the letter but for the thread's number."""
    output, _ = examples
    for block in blocks(ROOT / "README.md"):
        assert _unnumbered(block) in _unnumbered(output)


def test_examples_readme_shows_what_is_printed(examples) -> None:
    """The summary in the examples' README is that of the run."""
    output, _ = examples
    (block,) = blocks(ROOT / "examples" / "README.md")
    assert block in output


def _unnumbered(text: str) -> str:
    return re.sub(r"ThreadPoolExecutor-\d+_\d+", "ThreadPoolExecutor-N", text)
