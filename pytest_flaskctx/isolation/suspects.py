"""What held the data that got astray, which lines wrote and read it, and at which line a visit failed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from traceback import walk_tb

from pytest_flaskctx.isolation.oracle import Evidence
from pytest_flaskctx.isolation.overlap import codes_of
from pytest_flaskctx.isolation.runs import Run
from pytest_flaskctx.isolation.turns import Point
from pytest_flaskctx.isolation.witness import Written

_STRING = re.compile(
    r"""(?P<prefix>(?:\b[A-Za-z]{1,2})?)(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
)


def found(
    run: Run, evidence: Evidence, written: Sequence[Written]
) -> tuple[Written | None, list[Written], int, int | None]:
    """Return what held the data, how it was written, and by whom and at which step it was read.

    A token tells where it lay. Without one it is no more than a guess: a place which none of the
    victim's lines mentions has nothing to do with it.
    """
    for holder, writes in _holders(evidence, written):
        victim, read = _read(run, evidence, holder, writes) if writes else (evidence.who, None)
        if read is not None or evidence.whose is not None:
            return holder, writes, victim, read
    return None, [], evidence.who, None


def failed(run: Run, evidence: Evidence) -> int | None:
    """Return the place of the step at which a visit failed: the user's innermost line in its error."""
    if evidence.kind != "failure":
        return None
    own = [
        (place, point)
        for place, point in enumerate(run.points)
        if point.who == evidence.who and point.kind != "proxy"
    ]
    raised = (run.outcomes[evidence.who].error, *run.unhandled[::-1])
    for trace in (error.__traceback__ for error in raised if error is not None):
        for frame, line in reversed([*walk_tb(trace)]):
            # Of a statement on several lines another one than the last may have failed.
            at = [(point.line == line, place) for place, point in own if point.code is frame.f_code]
            if at:
                return max(at)[1]
    return None


def _holders(
    evidence: Evidence, written: Sequence[Written]
) -> Iterator[tuple[Written, list[Written]]]:
    """Yield what may have held the data that got astray, the likeliest first, and how it was written.

    That is a place which held the token of both, in turn, or which both have written; then the last
    one written.
    """
    whose = evidence.whose
    wanted = [each for each in written if whose is None or whose in each.tokens]

    def rank(each: Written) -> tuple[bool, bool, int]:
        others = [other for other in written if other.path == each.path]
        if whose is None:
            both = len({other.by.who for other in others if other.by is not None}) > 1
        else:
            both = any(evidence.who in other.tokens for other in others)
        return (not both, each.path.startswith("app."), -each.moment)

    seen: set[str] = set()
    for best in sorted(wanted, key=rank):
        if best.path not in seen:
            seen.add(best.path)
            writes = (each for each in written if each.path == best.path)
            told = (each for each in writes if whose is None or each.tokens)
            yield best, [each for each in told if each.moment <= best.moment]


def index(points: Sequence[Point], written: Written) -> int | None:
    """Return the place of the step that wrote: the last of its line before it was seen."""
    for place in range(min(written.moment, len(points)) - 1, -1, -1):
        if points[place] is written.by:
            return place
    return None


def _read(
    run: Run, evidence: Evidence, holder: Written, writes: Sequence[Written]
) -> tuple[int, int | None]:
    """Return who likely read what was written, and the place of the step that did.

    Of a token that is the victim's first later line that mentions the holder, or the one at which it
    stood meanwhile.
    """
    written = index(run.points, writes[-1])
    if written is None or not holder.name:
        return evidence.who, None
    writer = run.points[written].who
    if evidence.whose is None:
        both = any(each.by is not None and each.by.who != writer for each in writes)
        read = _undone(run, holder, written, both=both)
        return (run.points[read].who if read is not None else evidence.who), read
    victim = evidence.who
    stood = [place for place in range(written) if run.points[place].who == victim][-1:]
    later = range(written + 1, len(run.points))
    places = [place for place in later if run.points[place].who == victim]
    return victim, _mentioning(run, [*(stood if writer != victim else ()), *places], holder)


def _undone(run: Run, holder: Written, written: int, *, both: bool) -> int | None:
    """Return the place of the step by which another one than the writer read what was not so.

    What both have written was overwritten, and is read later; or it was read before, by the last line
    that mentions it, and is no longer so when it is written.
    """
    writer = run.points[written].who
    others = [place for place, point in enumerate(run.points) if point.who != writer]
    later = [place for place in others if place > written]
    overwritten = _mentioning(run, later, holder) if both else None
    if overwritten is not None:
        return overwritten
    # The line at which it stood meanwhile was not run yet.
    before = [place for place in others if place < written][:-1]
    return _mentioning(run, before[::-1], holder)


def _mentioning(run: Run, places: Iterable[int], holder: Written) -> int | None:
    """Return the first of some places whose line, in the app, mentions the holder's name."""
    mentions = re.compile(rf"\b{re.escape(holder.name)}\b")
    visits = [codes_of(visitor.visit) for visitor in run.visitors]
    for place in places:
        point = run.points[place]
        if point.kind in ("return", "proxy") or id(point.code) in visits[point.who]:
            continue
        text = point.source
        if holder.what != "environment variable":
            text = _STRING.sub(_code_in, text)
        if mentions.search(text):
            return place
    return None


def _code_in(found: re.Match[str]) -> str:
    """Return what of a string literal is code: the fields of an f-string."""
    is_format = "f" in found["prefix"].lower()
    return " ".join(re.findall(r"\{([^{}]*)\}", found[0])) if is_format else '""'
