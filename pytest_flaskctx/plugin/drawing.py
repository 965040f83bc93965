"""What is drawn of a test, as it travels."""

from __future__ import annotations

from pytest_flaskctx.plugin.mishaps import Mishaps
from pytest_flaskctx.recorder import Recorder


def drawn(recorder: Recorder, mishaps: Mishaps) -> str:
    """Return a test's timeline, empty where no picture is wanted or nothing in it is to be seen.

    What was found by other means than the probes, by stepping requests, has no moment. What comes
    later, in teardown or late, is drawn once more with all before it.

    Args:
        recorder: the test's.
        mishaps: where our own failures are noted.
    """
    chronicle = recorder.chronicle
    if chronicle is None:
        return ""
    lines = mishaps.guard("drawing a test", lambda: [chronicle.timeline(recorder.subject.name)])
    return lines[0].to_text() if lines and lines[0].marks else ""
