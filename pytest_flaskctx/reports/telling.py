"""What a reader is told of a finding, in parts: which words, which places, in which order.

Terminal, report section and pytest's own failure show the same parts, each in its own way.
"""

import textwrap
from pathlib import Path
from typing import NamedTuple

from pytest_flaskctx import rules
from pytest_flaskctx.facts import ContextFact, Frame, OriginKind, RequestFact, Stack
from pytest_flaskctx.findings import Finding, Handover, Site
from pytest_flaskctx.reports import bleeds
from pytest_flaskctx.reports.sources import excerpt
from pytest_flaskctx.reports.terminalsafe import escape, no_command
from pytest_flaskctx.rules import bleed
from pytest_flaskctx.source import shown

WIDTH = 80
PATCHED = 1
UNFOLDED = 2
MAX_CALLERS = 6
MAX_TESTS = 10

MECHANISMS: dict[OriginKind, str] = {
    "submit": "submit()",
    "map": "map()",
    "thread": "Thread.start()",
    "timer": "Timer.start()",
    "process": "Process.start()",
    "threadpool": "a multiprocessing ThreadPool",
    "processpool": "a multiprocessing Pool",
    "run_in_executor": "run_in_executor()",
    "to_thread": "asyncio.to_thread()",
    "callback": "add_done_callback()",
    "eager": "a task queue",
    "greenlet": "gevent's spawn()",
}
_PHASES = {
    "setup": "in the setup of its test",
    "teardown": "in the teardown of its test",
    "late": "late: its test was over already",
}


class Place(NamedTuple):
    """One place in source code.

    Attributes:
        heading: what happened there.
        file, line: where, the file as it is shown.
        inside: the function, and what else belongs to the location.
        excerpt: the source, marked and underlined.
        callers: how the program came there, a line each.
    """

    heading: str
    file: str
    line: int
    inside: str
    excerpt: tuple[str, ...]
    callers: tuple[str, ...]


class Told(NamedTuple):
    """All parts of what is told of one finding, every text of them safe to print.

    Attributes:
        title: rule and message.
        places: the access, and the hand-over or the start of its thread.
        facts: what else is known, a line each.
        why: what is bad about it; empty where the rule is not known here.
        fix: what to write instead, as lines.
        patch: the diff that does so, as lines, where it is to be shown.
        more: the command that tells more.
    """

    title: str
    places: tuple[Place, ...]
    facts: tuple[str, ...]
    why: str
    fix: tuple[str, ...]
    more: str
    patch: tuple[str, ...] = ()


def tell(
    finding: Finding, *, root: Path, verbose: int = 0, before: int = 2, alone: bool = False
) -> Told:
    """Return what is told of ``finding``.

    Args:
        finding: the finding.
        root: the root directory, to which files are relative.
        verbose: from 2 on, all frames of both stacks are told.
        before: how many lines of source are shown above that of the access.
        alone: whether it is told apart from its test, so that even a single one is to be named.
    """
    known = finding.handover or finding.started
    return Told(
        title=title(finding),
        places=_places(finding, known, root, verbose, before),
        facts=tuple(escape(fact) for fact in _facts(finding, alone, root, verbose)),
        why=_why(finding),
        fix=tuple(escape(line) for line in finding.hint.splitlines()),
        more=f"pytest --flaskctx-explain {finding.code}",
        patch=_patch(finding) if verbose >= PATCHED else (),
    )


def _patch(finding: Finding) -> tuple[str, ...]:
    lines = finding.patch.splitlines() if finding.patch else []
    return tuple(escape(line.expandtabs()) for line in lines)


def _why(finding: Finding) -> str:
    if finding.code == bleed.REQUEST_BLEED.code:
        return bleed.why(finding.bleed.kind) if finding.bleed else ""
    rule = rules.find(finding.code)
    return rule.why if rule else ""


def title(finding: Finding) -> str:
    """Return rule and message, enough to know what is wrong."""
    return escape(f"{finding.code} {finding.rule}: {finding.message}")


def _places(
    finding: Finding, known: Handover | None, root: Path, verbose: int, before: int
) -> tuple[Place, ...]:
    whence = (
        *_whence(known, finding, root, verbose),
        *(_whence(finding.started, finding, root, verbose) if finding.handover else ()),
    )
    if _is_all_elsewhere(finding):
        return whence
    return (_access(finding, root, verbose, before), *whence)


def _is_all_elsewhere(finding: Finding) -> bool:
    """Whether the hand-over is all there is to show: it is where the finding is, too."""
    known = finding.handover
    if known is None:
        return False
    # What a task did, where no line of it is known, stands where the task was handed over.
    unseen = bool(finding.stack) and finding.stack == known.origin.stack
    return unseen or (not finding.proxy and known.site == finding.site)


def _stands_elsewhere(finding: Finding) -> bool:
    """Whether unfinished work has no line of the user's: not begun, or a function of a library."""
    return finding.code == rules.UNFINISHED_WORK.code and _is_all_elsewhere(finding)


def _access(finding: Finding, root: Path, verbose: int, before: int) -> Place:
    site = finding.site
    return Place(
        heading=_heading(finding),
        file=escape(site.file),
        line=site.line,
        inside=escape(f"in {site.function}" + _by_thread(finding.thread)),
        excerpt=tuple(excerpt(site, root=root, before=before)),
        callers=tuple(_callers(finding.stack, site, root, verbose)),
    )


def _heading(finding: Finding) -> str:
    if finding.code == bleed.REQUEST_BLEED.code:
        return bleed.place(finding.bleed)
    rule = rules.find(finding.code)
    return rule.place if rule else "here:"


def _by_thread(thread: str) -> str:
    return f", thread {thread!r}" if thread else ""


def _whence(
    known: Handover | None, finding: Finding, root: Path, verbose: int
) -> tuple[Place, ...]:
    if known is None or known.site is None:
        return ()
    site = known.site
    callers = [*_callers(known.origin.stack, site, root, verbose), *_ancestors(known.parent)]
    return (
        Place(
            heading=escape(whence_heading(known, finding)),
            file=escape(site.file),
            line=site.line,
            inside=escape(f"in {site.function}"),
            excerpt=tuple(excerpt(site, root=root)),
            callers=tuple(callers),
        ),
    )


def whence_heading(known: Handover, finding: Finding) -> str:
    """Return what happened where a hand-over of ``finding``, or the start of its thread, stands."""
    process = known.origin.kind == "process"
    if finding.handover is None:
        what = "process" if process else "thread"
        return f"no task is known for it; its {what} was started here, {circumstances(known)}:"
    if known is finding.started and process:
        # A pool starts its processes itself.
        return f"the context came with the process, forked here, {_serving(known)}:"
    if known is finding.started:
        return f"the context came with the thread, which was started here, {_serving(known)}:"
    return f"handed over here, {circumstances(known)}:"


def circumstances(known: Handover) -> str:
    """Return how it was handed over, and in which request."""
    ran = ", and run at once" if known.origin.inline else ""
    return f"by {MECHANISMS[known.origin.kind]}{ran}, {_serving(known)}"


def _serving(known: Handover) -> str:
    request = known.origin.request
    if request is None:
        return "outside any request"
    # A task that hands over a task serves nobody: its request may be over.
    serving = "in a task of" if known.nested else "while serving"
    return f"{serving} {request_words(request)}"


def request_words(request: RequestFact) -> str:
    """Return method, URL rule and endpoint."""
    endpoint = f"endpoint {request.endpoint!r}" if request.endpoint else "no endpoint"
    return f"{request.method} {request.rule} ({endpoint})"


def _ancestors(parent: Handover | None) -> list[str]:
    """Return a line for each hand-over behind a hand-over, the nearest first."""
    lines = []
    while parent is not None:
        site = parent.site
        where = f"at {site.file}:{site.line} in {site.function}" if site else "outside your code"
        lines.append(escape(f"that task was handed over {where}, {circumstances(parent)}"))
        parent = parent.parent
    return lines


def _callers(stack: Stack, site: Site, root: Path, verbose: int) -> list[str]:
    if verbose >= UNFOLDED:
        return [escape(f"{_where(frame, root)}  [{frame.kind}]") for frame in stack]
    outer = [frame for frame in _outside(stack, site, root) if frame.kind == "user"]
    lines = [escape(f"called from {_where(frame, root)}") for frame in outer[:MAX_CALLERS]]
    folded = len(outer) - MAX_CALLERS
    return [*lines, f"and {folded} more (pytest -vv)"] if folded > 0 else lines


def _outside(stack: Stack, site: Site, root: Path) -> Stack:
    """Return the frames around the one that ``site`` shows."""
    for number, frame in enumerate(stack):
        if frame.function == site.function and shown(frame.file, root) == site.file:
            return stack[number + 1 :]
    return stack


def _where(frame: Frame, root: Path) -> str:
    return f"{shown(frame.file, root)}:{frame.line} in {frame.function}"


def _facts(finding: Finding, alone: bool, root: Path, verbose: int) -> list[str]:
    return [
        *(bleeds.lines(finding.bleed, finding.tests, WIDTH) if finding.bleed else []),
        *_unknown_origin(finding),
        *(_standing(finding, root, verbose) if _stands_elsewhere(finding) else []),
        *_request(finding),
        *([_context_words(finding.context)] if finding.context else []),
        *_phase(finding),
        *_frequency(finding, alone),
        *([f"{finding.status}: {finding.reason}"] if finding.reason else []),
    ]


def _is_the_tests_own(finding: Finding) -> bool:
    """Whether the test itself did it, no task and no proxy being concerned."""
    return not (finding.proxy or finding.handover or finding.started)


def _phase(finding: Finding) -> list[str]:
    """Tell when it was, unless the test did it and it is only judged at its end."""
    if finding.phase not in _PHASES or _is_the_tests_own(finding):
        return []
    return [_PHASES[finding.phase]]


def _unknown_origin(finding: Finding) -> list[str]:
    known = finding.handover or finding.started
    if _is_the_tests_own(finding):
        return []
    if known is None:
        # Where the request's own thread did it, there is no hand-over to be known.
        told = finding.request is not None
        return [] if told else ["no task is known for it, nor where its thread was started"]
    if known.site is None:
        what = "process" if known.origin.kind == "process" else "thread"
        word = "handed over" if finding.handover else f"its {what} was started"
        return [f"{word} outside your code, {circumstances(known)}", *_ancestors(known.parent)]
    return []


def _standing(finding: Finding, root: Path, verbose: int) -> list[str]:
    """Tell where work stands that no line of the user's is in."""
    if not finding.stack:
        return []
    frames = finding.stack if verbose >= UNFOLDED else finding.stack[:1]
    return [
        f"still running in thread {finding.thread!r}, in code that is not yours:",
        *(f"    {_where(frame, root)}" for frame in frames),
    ]


def _request(finding: Finding) -> list[str]:
    """Name the request where no hand-over does."""
    told = finding.handover or finding.started
    if finding.request is None or (told and told.origin.request == finding.request):
        return []
    return [f"request: {request_words(finding.request)}"]


def _context_words(context: ContextFact) -> str:
    whose = f"of {request_words(context.request)}" if context.request else "of no request"
    if context.of_request and context.request is None:
        whose = "of a request"
    state = "over" if context.over else "alive"
    return f"the context it read: {whose}, pushed by thread {context.owner!r}, {state}"


def _frequency(finding: Finding, alone: bool) -> list[str]:
    tests = finding.tests
    if len(tests) < 2:
        lone = [f"in {test}" for test in tests if test and alone]
        return [*([f"seen {finding.count} times"] if finding.count > 1 else []), *lone]
    shown_tests = [f"    {test}" for test in tests[:MAX_TESTS]]
    folded = len(tests) - MAX_TESTS
    more = [f"    and {folded} more"] if folded > 0 else []
    return [f"seen {finding.count} times, in {len(tests)} tests:", *shown_tests, *more]


def wrapped(text: str, width: int = WIDTH) -> list[str]:
    """Return ``text`` in lines of ``width``; no word is broken, so that it can be searched for."""
    lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
    return [no_command(line) for line in lines] or [""]
