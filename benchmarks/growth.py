"""How the cost of an exploration grows with a visit's length, and with the participants."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

from isolation_apps import App, Trial

if TYPE_CHECKING:
    from isolation import Tool

HEAD = (
    "visit",
    "window",
    "participants",
    "found",
    "schedules",
    "first failure",
    "a schedule",
    "clean",
)

LENGTHS = (20, 100, 500, 1_000, 4_000)
PARTICIPANTS = (2, 3, 4)

STEPS = 6  # lines of a function that does nothing but be stepped through

_APP = '''\
"""A view of {length} lines that keeps its caller {kept}, and reads that one line later."""

import tempfile
from itertools import count
from pathlib import Path

from flask import Flask, request

OPTIONS = {{"copies": {participants}}}

app = Flask(__name__)
{before}

{functions}


@app.post("/")
def view():
    name = request.form["name"]
{calls}
    {write}
    {read}
{calls_again}
    return name


def visit(client, token):
    return client.post("/", data={{"name": token}})
'''

# What is kept, what makes the place, how it is written, and how it is read.
_WINDOWS = {
    "a class attribute": (
        "in a class attribute",
        "class Kept:\n    name = ''",
        "Kept.name = name",
        "name = Kept.name",
    ),
    "a file": (
        "in a file",
        "folder = tempfile.TemporaryDirectory()\nkept = Path(folder.name) / 'kept'",
        "kept.write_text(name)",
        "name = kept.read_text()",
    ),
    "slots in turn": (
        "in one of {slots} slots, in turn",
        "slots = [''] * {slots}\nturn = count()",
        "slots[mine := next(turn) % {slots}] = name",
        "name = slots[mine]",
    ),
    "none": ("nowhere", "", "kept = name", "name = kept"),
}


class Shape(NamedTuple):
    """A generated visit.

    Attributes:
        length: how many lines it runs.
        once: whether each of them is another one; else one function is called again and again.
        window: where it keeps what it reads one line later.
        participants: how many there are.
    """

    length: int
    once: bool
    window: str
    participants: int = 2

    def __str__(self) -> str:
        return f"{self.length:,} lines, {'all unlike' if self.once else 'few, often'}"

    def write(self, folder: Path) -> App:
        """Write the app, the window in the middle of its visit."""
        # Besides the steps there are the view's own lines, and a call of each function.
        calls = max(2, round((self.length - 4) / (STEPS + 1)))
        half, count = calls // 2, calls if self.once else 1
        parts = (part.format(slots=self.participants - 1) for part in _WINDOWS[self.window])
        kept, before, write, read = parts
        text = _APP.format(
            length=self.length,
            kept=kept,
            participants=self.participants,
            before=before,
            functions="\n\n\n".join(_function(number) for number in range(count)),
            calls=self._calls(0, half),
            write=write,
            read=read,
            calls_again=self._calls(half, calls),
        )
        path = folder / f"long_{self.length}_{self.once}_{self.window}_{self.participants}.py"
        path = path.with_stem(path.stem.replace(" ", "_").lower())
        path.write_text(text, encoding="utf-8")
        return App(path, self.window != "none", database=False, by_order=False)

    def _calls(self, begin: int, end: int) -> str:
        if not self.once:
            return f"    for _ in range({end - begin}):\n        steps_0()"
        return "\n".join(f"    steps_{number}()" for number in range(begin, end))


def _function(number: int) -> str:
    return "\n    ".join([f"def steps_{number}():", "number = 0", *["number += 1"] * (STEPS - 1)])


def shapes(*, quick: bool) -> Iterator[Shape]:
    """Yield what is measured."""
    for length in LENGTHS[:2] if quick else LENGTHS:
        yield Shape(length, False, "a class attribute")
        yield Shape(length, False, "a file")
        yield Shape(length, True, "a file")
    for participants in PARTICIPANTS:
        yield Shape(100, False, "slots in turn", participants)


def rows(tool: Tool, *, quick: bool) -> Iterator[tuple[str, ...]]:
    """Measure by ``tool`` and yield the table's rows."""
    with tempfile.TemporaryDirectory() as folder:
        for shape in shapes(quick=quick):
            bleeding = tool.trials(shape.write(Path(folder)), 1 if quick else 5)
            right = tool.trials(shape._replace(window="none").write(Path(folder)), 1)
            print(f"  growth: {shape}, {shape.window}", file=sys.stderr, flush=True)
            yield _row(shape, bleeding, right[0])


def _row(shape: Shape, bleeding: list[Trial], right: Trial) -> tuple[str, ...]:
    found = [trial for trial in bleeding if trial.outcome == "bled"]
    lost = f", {right.told}" if right.outcome == "none" else ""
    return (
        str(shape),
        shape.window,
        str(shape.participants),
        f"{len(found)} of {len(bleeding)}",
        f"{median(trial.schedules for trial in found):.0f}" if found else "-",
        f"{median(trial.first or 0 for trial in found) * 1000:,.0f} ms" if found else "-",
        f"{right.total / max(1, right.schedules) * 1000:.1f} ms",
        f"{right.total * 1000:,.0f} ms, {right.schedules} schedules{lost}",
    )
