"""When what happened in one test: its requests, its tasks, and the moments that findings are of.

Records for a picture, kept only where a report wants one. All times are seconds since the test
began.
"""

import json
from typing import NamedTuple


class Lane(NamedTuple):
    """One thread, or a process of which no thread is known.

    Attributes:
        process: the process id, 0 where that is not known.
        thread: its name; two lanes may have the same.
    """

    process: int
    thread: str


class Served(NamedTuple):
    """A request while its own context was pushed.

    Attributes:
        number: names it in this timeline.
        lane: index of the lane that served it.
        begin, end: from the first push to the last pop; ``end`` is ``None`` where there was none.
        method, rule, endpoint: the words that may be shown of it; empty where nobody asked for them.
    """

    number: int
    lane: int
    begin: float
    end: float | None
    method: str
    rule: str
    endpoint: str | None


class Handed(NamedTuple):
    """A task as it was handed over.

    Attributes:
        number: names it in this timeline.
        kind: the mechanism, as in :data:`pytest_flaskctx.facts.OriginKind`.
        function: what was handed over, as far as that has a name.
        lane: index of the lane that handed over.
        at: when it was.
        request: number of the request behind it, ``None`` where there is none.
        parent: number of the task that handed it over, ``None`` where none did.
    """

    number: int
    kind: str
    function: str
    lane: int
    at: float
    request: int | None
    parent: int | None


class Ran(NamedTuple):
    """One call of a task.

    Attributes:
        task: number of the task.
        lane: index of the lane that ran it.
        begin, end: from its beginning to its end; ``end`` is ``None`` where it was not over.
    """

    task: int
    lane: int
    begin: float
    end: float | None


class Mark(NamedTuple):
    """One moment that a finding is of.

    Attributes:
        lane: index of the lane in which it was.
        at: when it was.
        task: number of the task that ran there, ``None`` where none did.
        fingerprint: that of the finding.
        code: that of its rule, for there may be several of one fingerprint.
    """

    lane: int
    at: float
    task: int | None
    fingerprint: str
    code: str


class Timeline(NamedTuple):
    """One test.

    Attributes:
        test: its id.
        length: its duration.
        lanes: the threads, in the order in which they were first seen.
        requests, tasks, calls, marks: what happened, in the order of time.
        left_out: how many of these there were besides, more than are kept.
    """

    test: str
    length: float
    lanes: tuple[Lane, ...] = ()
    requests: tuple[Served, ...] = ()
    tasks: tuple[Handed, ...] = ()
    calls: tuple[Ran, ...] = ()
    marks: tuple[Mark, ...] = ()
    left_out: int = 0

    def to_text(self) -> str:
        """Return this as a text of JSON, short enough to be sent for each test."""
        return json.dumps(self, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> "Timeline":
        """Return what :meth:`to_text` made a text of."""
        test, length, lanes, requests, tasks, calls, marks, left_out = json.loads(text)
        return cls(
            test,
            length,
            tuple(Lane(*row) for row in lanes),
            tuple(Served(*row) for row in requests),
            tuple(Handed(*row) for row in tasks),
            tuple(Ran(*row) for row in calls),
            tuple(Mark(*row) for row in marks),
            left_out,
        )
