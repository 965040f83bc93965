"""Runs commands at the same time on one processor, and tells what each took of it.

One after the other does not do: on a busy machine the CPU time of the same run differed by 13 %
from one minute to the next, side by side on two processors by 4 %. On one processor the kernel
lets them take turns every few milliseconds, so both of them meet the same caches, clock rate and
neighbours: 0.4 %.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """What one run took, in seconds: CPU time of all its threads, and time on the clock."""

    cpu: float
    wall: float


@dataclass(frozen=True, slots=True)
class Job:
    """A command to run in ``folder``; its output goes to ``output``."""

    command: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str]
    output: Path

    def start(self) -> tuple[subprocess.Popen[bytes], float]:
        """Start the command and return it with the time of its start."""
        with self.output.open("wb") as output:
            process = subprocess.Popen(
                self.command, cwd=self.folder, env=self.environment, stdout=output
            )
        return process, time.perf_counter()

    def wait(self, process: subprocess.Popen[bytes], begin: float) -> Run:
        """Wait for the command; tests may have failed, but they must have run."""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in (0, 1):
            output = self.output.read_text(encoding="utf-8", errors="replace")
            raise RuntimeError(f"{self.command!r} ended with {process.returncode}:\n{output}")
        return Run(usage.ru_utime + usage.ru_stime, time.perf_counter() - begin)


def run_together(jobs: Mapping[str, Job]) -> dict[str, Run]:
    """Run all ``jobs`` at once and return what each took."""
    with one_processor():
        started = {name: job.start() for name, job in jobs.items()}
    return {name: jobs[name].wait(*start) for name, start in started.items()}


@contextmanager
def one_processor() -> Iterator[None]:
    """Let what is started in this block run on one processor.

    Elsewhere than on Linux nothing is done: there is more noise then.
    """
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    processors = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(processors)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, processors)
