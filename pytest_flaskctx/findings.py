"""A finding: what a rule found, complete, for every reader."""

from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple

from pytest_flaskctx.facts import ContextFact, Frame, Origin, RequestFact, Stack

Level = Literal["error", "warning", "note"]
Status = Literal["new", "known", "allowed", "expected", "library"]


class Site(NamedTuple):
    """A place in source code, as a reader wants it.

    Attributes:
        file: path relative to the root directory where it lies under it, else absolute.
        line: line number, from 1.
        column, end_column: extent on that line in characters, from 0; ``None`` if unknown.
        function: qualified name of the function.
        expression: the source of the expression, on one line; empty where there is no source.
    """

    file: str
    line: int
    column: int | None
    end_column: int | None
    function: str
    expression: str


class Handover(NamedTuple):
    """An origin, with the place in the user's code that it comes down to.

    Attributes:
        origin: the fact.
        site: the place, as far as the stack has one worth showing.
        parent: the hand-over of the task that handed over, where a task did.
    """

    origin: Origin
    site: Site | None
    parent: "Handover | None"

    @property
    def nested(self) -> bool:
        """Whether a task handed over, and not the view of the request behind it.

        A view may itself run in a task: under a live server, a client in a thread, or where Flask
        runs a view that is ``async``.
        """
        parent = self.parent
        if parent is None or parent.origin.request != self.origin.request:
            return False
        return not _by_flask(parent.origin.stack)


def _by_flask(stack: Stack) -> bool:
    """Whether Flask handed over, by way of a library, and no line of the user's."""
    others = [frame.kind for frame in stack if frame.kind not in ("stdlib", "library")]
    return others[:1] == ["flask"]


class BleedStep(NamedTuple):
    """One line of a schedule that bled.

    Attributes:
        participant: ``A``, ``B``, ...
        file: path relative to the root directory where it lies under it, else absolute.
        line: line number, from 1.
        function: qualified name of the function.
        source: the line.
        role: ``writes`` or ``reads`` where the token was written or read there, ``fails`` where the
            visit failed; else empty.
    """

    participant: str
    file: str
    line: int
    function: str
    source: str
    role: Literal["", "writes", "reads", "fails"]


class Bleed(NamedTuple):
    """How one participant's data came to another, in the isolation fixture.

    Attributes:
        kind: ``token``, ``failure``, ``expect`` or ``serial``: what shows it.
        schedule: the shortest schedule that was found to show it.
        replay: what ``--flaskctx-replay`` takes to run just that schedule.
        seed: what decided where chance did.
        tier: the tier that found it.
        visits: the name of each participant's visit, by participant.
        evidence: what shows it, such as ``the body of GET /profile (endpoint 'profile')``.
        packed: in which way the token is packed there; empty for none.
        what: what kind of thing held it between them, such as ``module global``; empty if unknown.
        holder: how the program writes that, such as ``shop.current_user``.
        steps: the lines of the user's in time order.
        within_line: whether it takes a switch in the middle of a line.
        without_gil: whether it takes a switch where a Python that has a GIL makes none today.
        steady: whether the schedule showed it again when it was run once more.
    """

    kind: str
    schedule: str
    replay: str
    seed: str
    tier: str
    visits: tuple[str, ...]
    evidence: str
    packed: str
    what: str
    holder: str
    steps: tuple[BleedStep, ...]
    within_line: bool
    without_gil: bool = False
    steady: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """One leak site with everything known of it.

    Attributes:
        code, rule: the rule, as ``FCX101`` and ``unbound-access``.
        level: ``error`` fails the test, ``warning`` and ``note`` do not.
        status: ``new``, or why it does not fail.
        tests: ids of the tests it belongs to, sorted.
        phase: ``setup``, ``call`` or ``teardown`` of the test, ``late`` after it.
        proxy: name of the proxy or function used; empty where none was.
        site: the place of the access in the user's own code.
        thread, process: where it ran.
        stack: all frames of the access, the innermost first.
        handover: how the work came there, ``None`` where no task is known.
        started: where the thread was started, where no task is known.
        request: the request whose task it was.
        context: the context that was read, ``None`` where none was bound.
        message: what is wrong, in one sentence.
        hint: what to write instead.
        count: how often it was seen.
        reason: why it was allowed, where it was.
        bleed: how data came from one request to another, where the isolation fixture found that.
        patch: a unified diff that repairs it, where one was made.
    """

    code: str
    rule: str
    level: Level
    status: Status
    tests: tuple[str, ...]
    phase: str
    proxy: str
    site: Site
    thread: str
    process: int
    stack: Stack
    handover: Handover | None
    started: Handover | None
    request: RequestFact | None
    context: ContextFact | None
    message: str
    hint: str
    count: int = 1
    reason: str = ""
    bleed: Bleed | None = None
    patch: str | None = None

    @property
    def fails(self) -> bool:
        """Whether this finding makes its test fail."""
        return self.level == "error" and self.status == "new"

    @property
    def file(self) -> str:
        """The file of the access, relative to the root directory."""
        return self.site.file

    @property
    def line(self) -> int:
        """The line of the access."""
        return self.site.line

    @property
    def expression(self) -> str:
        """The source of the access."""
        return self.site.expression

    @property
    def function(self) -> str:
        """The function in which the access stands."""
        return self.site.function

    @property
    def fingerprint(self) -> str:
        """Names the leak site across edits elsewhere: no line number is in it."""
        handed = self.handover.site if self.handover else None
        parts = (self.rule, self.file, self.function, self.expression)
        import hashlib

        whole = "\0".join((*parts, handed.function if handed else ""))
        return hashlib.sha256(whole.encode(errors="backslashreplace")).hexdigest()[:16]

    def with_status(self, status: Status, reason: str) -> "Finding":
        """Return this finding with another status, and why."""
        return replace(self, status=status, reason=reason)

    def merged(self, other: "Finding") -> "Finding":
        """Return this finding with the count and tests of ``other``, of the same site, added."""
        tests = tuple(sorted({*self.tests, *other.tests}))
        return replace(self, count=self.count + other.count, tests=tests)


JsonDict = dict[str, Any]
__all__ = [
    "Bleed",
    "BleedStep",
    "Finding",
    "Frame",
    "Handover",
    "JsonDict",
    "Level",
    "Site",
    "Status",
]
