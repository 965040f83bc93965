"""The story that started the project, against whatever pytest-flaskctx is installed here."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

import pytest_flaskctx

HERE = Path(__file__).parent


def line_of(mark: str) -> int:
    """The number of the line of the leaking app that carries this mark."""
    lines = (HERE / "app_leaking.txt").read_text(encoding="utf-8").splitlines()
    (number,) = (n for n, line in enumerate(lines, 1) if line.endswith(f"# {mark}"))
    return number


@pytest.fixture
def story(tmp_path: Path):
    """Runs pytest in a scratch folder that holds one of the two apps and its test."""

    def run(app: str, *options: str) -> subprocess.CompletedProcess[str]:
        for name, source in (("app.py", f"app_{app}.txt"), ("test_app.py", "test_app.txt")):
            (tmp_path / name).write_text((HERE / source).read_text(encoding="utf-8"))
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--color=no", *options]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


def test_is_installed_outside_the_source_folder():
    """What is tried here is the installed package."""
    assert "site-packages" in Path(pytest_flaskctx.__file__).parts


def test_leak_fails_and_both_ends_are_named(story):
    """The test fails after the task's 3 seconds, with access, hand-over and request."""
    before = time.monotonic()
    done = story("leaking")
    assert done.returncode == 1, done.stdout + done.stderr
    assert 3 <= time.monotonic() - before < 15
    for text in ("FCX101", "{incoming}", "pool.submit(process_task)", "POST /tasks"):
        assert text in done.stdout
    for mark in ("ACCESS", "HANDOVER"):
        assert re.search(rf"\bapp\.py:{line_of(mark)}\b", done.stdout), mark + "\n" + done.stdout


def test_fast_drain_does_not_wait_for_sleeping_tasks(story):
    """With `flaskctx_drain = fast` the same is found at once."""
    done = story(
        "leaking", "-o", "flaskctx_drain=fast", "--durations=1", "--flaskctx-json=out.json"
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "FCX101" in done.stdout
    seconds = re.search(r" in (\d+\.\d+)s ", done.stdout)
    assert seconds is not None
    assert float(seconds[1]) < 2


def test_json_names_both_ends(story, tmp_path: Path):
    """The JSON file tells the same two lines."""
    story("leaking", "--flaskctx-json=out.json")
    (finding,) = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["findings"]
    assert (finding["code"], finding["proxy"]) == ("FCX101", "request")
    assert (finding["file"], finding["line"]) == ("app.py", line_of("ACCESS"))
    assert (finding["origin"]["file"], finding["origin"]["line"]) == ("app.py", line_of("HANDOVER"))
    assert finding["request"] == {"method": "POST", "rule": "/tasks", "endpoint": "queue_task"}


def test_repaired_app_passes_silently(story):
    """The repaired twin passes, and nothing is said of it."""
    done = story("repaired")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FCX" not in done.stdout


@pytest.mark.parametrize("mode", ["off", "warn"])
def test_ceilings_do_not_fail(story, mode: str):
    """`off` and `warn` leave the leaking test green."""
    done = story("leaking", f"--flaskctx={mode}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert ("FCX101" in done.stdout) == (mode == "warn")


def test_explains_a_rule_from_the_wheel(story):
    """The rules' pages are in the wheel."""
    done = story("leaking", "--flaskctx-explain", "FCX101")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "unbound-access" in done.stdout
