"""What pollers cost: apps that start a thread which only their fixture's teardown stops.

    python benchmarks/pollers.py [TESTS]

Runs that many tests (500 unless given), each with an app of its own, with the plugin and without,
in turns.
The poller is started when the app is made, or by its first request; it waits in turns, or without
an end. Prints the seconds of both runs; exits 1 where an outcome differs or the plugin costs more
than two seconds.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MARK = 2.0
REPEATS = 2
WAITS = {"in turns": "while not stop.wait(0.01):\n        pass", "without an end": "stop.wait()"}
STARTS = {
    "when the app is made": "poller.start()",
    "by the first request": ("app.before_request(lambda: poller.is_alive() or poller.start())"),
}
SUITE = """
import threading

import pytest
from flask import Flask


def poll(stop):
    {wait}


@pytest.fixture
def client():
    app = Flask(__name__)
    stop = threading.Event()
    poller = threading.Thread(target=poll, args=(stop,), daemon=True)

    @app.get("/")
    def index():
        return "ok"

    {start}
    yield app.test_client()
    stop.set()
    if poller.ident:
        poller.join()


@pytest.mark.parametrize("number", range({tests}))
def test_index(client, number):
    assert client.get("/").text == "ok"
"""


def run(folder: Path, mode: str) -> tuple[float, str]:
    """Return the seconds that a run took, and its outcomes."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    began = time.perf_counter()
    done = subprocess.run(
        [*command, f"--flaskctx={mode}"], cwd=folder, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - began
    outcomes = re.sub(r" in [\d.]+s.*", "", done.stdout.strip().rpartition("\n")[2])
    return seconds, f"{outcomes}, exit status {done.returncode}"


def main(tests: int) -> int:
    failed = False
    for started, start in STARTS.items():
        for waiting, wait in WAITS.items():
            with tempfile.TemporaryDirectory() as name:
                folder = Path(name)
                text = SUITE.format(wait=wait, start=start, tests=tests)
                (folder / "test_pollers.py").write_text(text, encoding="utf-8")
                pairs = [(run(folder, "off"), run(folder, "fail")) for _ in range(REPEATS)]
                # The quickest of each: whatever else the machine does only ever adds.
                (without, plain), (with_it, watched) = (
                    min(each) for each in zip(*pairs, strict=True)
                )
            more = with_it - without
            failed |= plain != watched or more > MARK
            print(f"started {started}, waits {waiting}: {without:.2f} s off, {more:+.2f} s on")
            print(f"    off: {plain}\n    on:  {watched}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 500))
