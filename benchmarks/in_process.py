"""Pairs inside one process: a function timed without and with an active monitor, in turns.

Both halves of a pair run in the same process, some milliseconds apart, so that the machine's moods
and the process's memory layout cancel out. Several processes, because one layout is no sample.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from table import Row
from together import one_processor

HERE = Path(__file__).parent


def child(timed: Callable[[], float]) -> None:
    """Measure ``timed``, which returns CPU seconds, as often as the command line says."""
    import leak  # noqa: PLC0415 - only the measured process needs Flask

    found = leak.is_found()
    timed()
    ratios = [_pair(timed, with_first=bool(number % 2)) for number in range(int(sys.argv[1]))]
    print(json.dumps({"ratios": ratios, "leak_found": found and leak.is_found()}))


def _pair(timed: Callable[[], float], *, with_first: bool) -> float:
    if with_first:
        with_monitor = _monitored(timed)
        return with_monitor / timed()
    without = timed()
    return _monitored(timed) / without


def _monitored(timed: Callable[[], float]) -> float:
    import pytest_flaskctx  # noqa: PLC0415 - see child()

    with pytest_flaskctx.monitor():
        return timed()


def measure(
    script: str,
    *,
    what: str,
    mark: str,
    seen: str,
    processes: int,
    pairs: int,
    arguments: tuple[str, ...] = (),
) -> Row:
    """Run ``script`` in fresh processes and return what they measured as one row."""
    command = [sys.executable, str(HERE / script), str(pairs), *arguments]
    answers = [_answer(command) for _ in range(processes)]
    ratios = tuple(ratio for answer in answers for ratio in answer["ratios"])
    found = all(answer["leak_found"] for answer in answers)
    return Row(what, mark, ratios, seen, leak_found=found)


def _answer(command: list[str]) -> dict[str, list[float]]:
    with one_processor():
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])
