"""Running a small suite that stands on real packages, in a process of its own."""

from __future__ import annotations

import json

import pytest
from telling_runs import Told, Watch


@pytest.fixture
def watch(pytester: pytest.Pytester) -> Watch:
    """Return what runs the source of a test file under the plugin."""

    def run(source: str, *options: str) -> Told:
        pytester.makepyfile(test_world=source)
        result = pytester.runpytest_subprocess(
            "--flaskctx-json=out.json", "-p", "no:cacheprovider", *options
        )
        entries = json.loads((pytester.path / "out.json").read_text())["findings"]
        outcomes = result.parseoutcomes()
        # Old releases of the packages may warn on a new Python: that is between those two.
        outcomes.pop("warnings", None)
        return Told(outcomes, entries, result.stdout.str())

    return run
