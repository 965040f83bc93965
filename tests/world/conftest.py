"""Running a small suite that stands on real packages, in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class Told:
    """What a run told.

    Attributes:
        outcomes: how many tests passed, failed and so on.
        findings: the entries of the JSON file.
        output: what pytest printed.
    """

    outcomes: dict[str, int]
    findings: list[dict[str, Any]]
    output: str

    @property
    def places(self) -> list[tuple[str, str, str, str]]:
        """Code, status, proxy and expression of each finding."""
        return [(f["code"], f["status"], f["proxy"], f["expression"]) for f in self.findings]


Watch = Callable[..., Told]


@pytest.fixture
def watch(pytester: pytest.Pytester) -> Watch:
    """Return what runs the source of a test file under the plugin."""

    def run(source: str, *options: str) -> Told:
        pytester.makepyfile(test_world=source)
        result = pytester.runpytest_subprocess(
            "--flaskctx-json=out.json", "-p", "no:cacheprovider", *options
        )
        entries = json.loads((pytester.path / "out.json").read_text())["findings"]
        return Told(result.parseoutcomes(), entries, result.stdout.str())

    return run
