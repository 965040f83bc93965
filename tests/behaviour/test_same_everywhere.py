"""The report of a run is the same whoever runs the tests: one process, or workers in any order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from corpus import check
from validating import DOCS, SARIF, faults, validator

from pytest_flaskctx.findings import JsonDict

pytest.importorskip("xdist")

VARYING = {"thread", "process", "count", "owner_thread"}
"""The keys whose values may vary from run to run, and what stands under them."""

APPS = (
    "activity_passed_current_user",
    "aquarium_exit_stack_open",
    "archive_body_submit",
    "atlas_proxy_in_partial",
    "audit_done_callback",
    "bakery_lent_timer",
    "bakery_push_submitted",
    "basket_prices_map",
    "bazaar_session_method",
    "cart_reminder_timer",
    "choir_context_queue",
    "choir_real_g_closure",
    "cinema_copied_unwaited",
    "comment_guard_current_user",
    "crawl_executor_double",
    "darkroom_receipt_submit",
    "digest_to_thread",
    "ferries_gathered_quick",
    "ferry_context_timer",
    "geo_lookup_threadpool_map",
    "gym_context_copied_twice",
    "gym_service_class",
    "hostel_exit_stack",
    "import_progress_flash",
    "kiosk_context_run_in_executor",
    "library_context_registry",
    "mailing_submit_copied_twice",
    "museum_setup_without_teardown",
    "orders_imap_unordered",
    "parking_context_call_soon",
    "progress_session_write",
    "radio_stream_kept_unread",
    "ratings_apply_forked",
    "sms_queue_worker",
    "theme_guard_session_worker",
    "toll_request_context_in_map",
    "tram_lent_submit",
    "vault_proxy_two_ways",
    "vet_lent_callback",
    "video_nested_submit",
    "visitor_real_request",
    "welcome_mail_thread",
)
WAYS = {
    "two workers": ("-n2",),
    "by scope": ("-n2", "--dist=loadscope"),
    "by group": ("-n2", "--dist=loadgroup"),
    "by stealing": ("-n2", "--dist=worksteal"),
}


class Written:
    """What a run wrote.

    Attributes:
        report: the JSON document.
        sarif: the text of the SARIF file.
        baseline: the text of the baseline; empty where none was written.
        printed: the standard output.
        output: all that was printed.
    """

    def __init__(self, folder: Path, printed: str, errors: str) -> None:
        report, sarif, baseline = (folder / name for name in ("out.json", "out.sarif", "leaks.txt"))
        self.printed, self.output = printed, printed + errors
        assert report.exists(), self.output
        self.report: JsonDict = json.loads(report.read_text(encoding="utf-8"))
        self.sarif = sarif.read_text(encoding="utf-8")
        self.baseline = baseline.read_text(encoding="utf-8") if baseline.exists() else ""
        for file in (report, sarif, baseline):
            file.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Written]:
    """Run a copy of the apps and return what was written; all runs are of one folder."""
    folder = tmp_path_factory.mktemp("suite")
    for name in APPS:
        text = (check.HERE / "leaking" / f"{name}.py").read_text(encoding="utf-8")
        (folder / f"{name}.py").write_text(text, encoding="utf-8")

    def run(*options: str, **files: str) -> Written:
        for name, text in files.items():
            (folder / f"{name}.py").write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-c", os.devnull, f"--rootdir={folder}", "-q"]
        command += ["-p", "flaskctx", "-p", "timeout", "-p", "xdist", "-p", "no:cacheprovider"]
        command += ["-p", "patient", "-o", "python_files=*.py", "-o", "flaskctx=strict", "--tb=no"]
        command += ["--flaskctx-json=out.json", "--flaskctx-sarif=out.sarif", *options, "."]
        known = os.environ.get("PYTHONPATH")
        path = os.pathsep.join([str(check.HERE), str(folder), *([known] if known else [])])
        environment = {
            "PYTHONPATH": path,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTEST_ADDOPTS": "",
        }
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        for name in files:
            (folder / f"{name}.py").unlink()
        return Written(folder, done.stdout, done.stderr)

    return run


@pytest.fixture(scope="module")
def alone(run: Callable[..., Written]) -> Written:
    """What one process writes."""
    return run("-n0")


def steady(value: Any) -> Any:
    """Return ``value`` without what may vary."""
    if isinstance(value, dict):
        return {key: steady(item) for key, item in value.items() if key not in VARYING}
    return [steady(item) for item in value] if isinstance(value, list) else value


def differences(one: Any, other: Any, where: str = "") -> Iterator[str]:
    """Yield a line for each place at which two documents are unlike."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for key in one:
            yield from differences(one[key], other[key], f"{where}.{key}")
    elif where == "" and isinstance(one, list) and len(one) != len(other):
        # What one has and the other has not says more than all that both have.
        for each in [
            *(each for each in one if each not in other),
            *(each for each in other if each not in one),
        ]:
            yield f"only in one: {each!r:.600}"
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{where}[{number}]")
    elif one != other:
        yield f"{where}: {one!r:.200} and {other!r:.200}"


def test_the_suite_is_wide(alone: Written) -> None:
    """What is compared are dozens of findings of nearly all rules, and it is valid."""
    found = alone.report["findings"]
    assert len(found) >= 30
    assert len({entry["code"] for entry in found}) >= 14
    assert faults(alone.report, validator(DOCS / "flaskctx-report.schema.json")) == []
    assert faults(json.loads(alone.sarif), SARIF) == []


@pytest.mark.parametrize("way", WAYS)
def test_the_report_is_the_same(run: Callable[..., Written], alone: Written, way: str) -> None:
    """Entries, their order, stacks, hints and messages are; only threads and counts vary."""
    other = run(*WAYS[way])
    found = (steady(written.report["findings"]) for written in (alone, other))
    assert list(differences(*found)) == []
    assert other.report["tool"] == alone.report["tool"]
    assert other.report["summary"]["tests"] == alone.report["summary"]["tests"]
    assert other.sarif == alone.sarif, "nothing at all varies in a SARIF file"


def test_the_baseline_and_the_repairs_are_the_same(
    run: Callable[..., Written], alone: Written
) -> None:
    """The file has a line a site, the diff is one that all findings have a part in."""
    update = ("--flaskctx-baseline=leaks.txt", "--flaskctx-update-baseline", "--flaskctx-fix=diff")
    one, two = run("-n0", *update), run("-n2", *update)
    assert one.baseline == two.baseline
    assert len([line for line in one.baseline.splitlines() if line[:3] == "FCX"]) >= 30
    assert one.printed == two.printed
    if find_spec("libcst"):
        assert one.printed.count("\n+++ ") >= 3
    known = [each["status"] for each in one.report["findings"]]
    before = [each["status"] for each in alone.report["findings"]]
    notes = [each["level"] == "note" for each in alone.report["findings"]]
    assert known == [
        "known" if status == "new" and not note else status
        for status, note in zip(before, notes, strict=True)
    ]


def test_a_worker_that_crashes(run: Callable[..., Written], alone: Written) -> None:
    """What it had reported half way is there, as it always is; what may be missing is said."""
    crash = "import os\n\ndef test_crash():\n    os._exit(3)\n"
    other = run("-n1", "--max-worker-restart=0", m_crash=crash)
    # What is told once a run is told at its end: that comes with no test.
    came = [each for each in alone.report["findings"] if "" < max(each["tests"], default="") < "m"]
    assert len(came) > 20
    assert list(differences(steady(came), steady(other.report["findings"]))) == []
    told = " ".join(other.output.split())
    assert "flaskctx: worker gw0 crashed: leaks of the test that it ran, late ones of" in told
    assert "and what is told once a run may be missing" in told
    assert "INTERNALERROR" not in other.output
