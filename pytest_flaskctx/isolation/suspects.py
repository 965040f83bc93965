"""What held the data that got astray, which lines wrote and read it, and at which line a visit failed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from traceback import walk_tb
from types import CodeType

from pytest_flaskctx.isolation.oracle import Evidence
from pytest_flaskctx.isolation.order import as_run
from pytest_flaskctx.isolation.overlap import codes_of
from pytest_flaskctx.isolation.runs import Run
from pytest_flaskctx.isolation.turns import Point
from pytest_flaskctx.isolation.witness import Written

# An assignment whose right side does not mention it, or a call by which something is put in.
_WRITING = (
    r"^[^=]*\b{0}\b(?:\[[^\]=]*\]|\.\w+)*\s*=(?!=)(?!.*\b{0}\b)"
    r"|^\s*[\w.]*\b{0}\b[\w.\[\]'\"]*\.(?:append|add|extend|insert|update|appendleft)\("
)
_MOST = 40
"""How many writes of one place are looked at, from the last one on."""
_ITEM = re.compile(r"\[\d+\]$")
_STRING = re.compile(
    r"""(?P<prefix>(?:\b[A-Za-z]{1,2})?)(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')"""
)


def found(
    run: Run, evidence: Evidence, written: Sequence[Written], fault: int | None = None
) -> tuple[Written | None, list[Written], int, int | None]:
    """Return what held the data, how it was written, and by whom and at which step it was read.

    A token tells where it lay. Without one it is no more than a guess: a place has to do with it only
    if the victim read what another one then wrote, or wrote what another one wrote over and it read.

    Args:
        run: the run.
        evidence: what shows that it bled.
        written: what was written in it.
        fault: the place of the step at which a visit failed; it was read in that function then.
    """
    where = run.points[fault].code if fault is not None else None
    when = evidence.when
    before = [each for each in written if when is None or each.moment <= when[1]]
    for holder, writes in _holders(evidence, before):
        if evidence.whose is not None:
            read = _read(run, evidence, holder, writes[-1]) if writes else None
            return holder, writes, evidence.who, read
        read = _undone(run, holder, writes, where)
        if read is not None:
            return holder, writes, run.points[read].who, read
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
    places: dict[str, list[Written]] = {}
    for each in written:
        # Where a token lies in a list, that matters; that the list was changed is the same in each place.
        name = _ITEM.sub("", each.path) if whose is None else each.path
        places.setdefault(name, []).append(each)

    def rank(place: tuple[Written, list[Written]]) -> tuple[bool, bool, int]:
        last, writes = place
        if whose is None:
            both = len({each.by.who for each in writes if each.by is not None}) > 1
        else:
            both = any(evidence.who in each.tokens for each in writes)
        return (not both, last.path.startswith("app."), -last.moment)

    known = []
    for writes in places.values():
        wanted = [each for each in writes if whose is None or whose in each.tokens]
        if wanted:
            known.append((wanted[-1], writes))
    for last, writes in sorted(known, key=rank):
        told = (each for each in writes if whose is None or each.tokens)
        yield last, [each for each in told if each.moment <= last.moment]


def index(points: Sequence[Point], written: Written) -> int | None:
    """Return the place of the step that wrote: the last of its line before it was seen."""
    for place in range(min(written.moment, len(points)) - 1, -1, -1):
        if points[place] is written.by:
            return place
    return None


def _read(run: Run, evidence: Evidence, holder: Written, last: Written) -> int | None:
    """Return the place of the step by which the victim of a token likely read it.

    That is its first later line that mentions the holder, or the one at which it stood meanwhile; one of
    the request that brought the token, if there is any.
    """
    written = index(run.points, last)
    if written is None:
        return None
    own = [place for place, point in enumerate(run.points) if point.who == evidence.who]
    stood = [place for place in own if place < written][-1:]
    later = [place for place in own if place > written]
    known = [*(() if run.points[written].who == evidence.who else stood), *later]
    began, over = evidence.when or (0, len(run.points))
    within = [place for place in known if began <= place < over]
    read = _mentioning(run, within, holder)
    return read if read is not None else _mentioning(run, known, holder)


def _undone(
    run: Run, holder: Written, writes: Sequence[Written], where: CodeType | None
) -> int | None:
    """Return the place of the step by which one read what another's write made untrue.

    Either it read last and wrote nothing since, and then the other one wrote; or it wrote last, the
    other one wrote over it, and it read that.
    """
    places = (index(run.points, each) for each in writes[-_MOST:])
    order = as_run(run.points)
    moments = {place: at for at, place in enumerate(order)}
    known = [moments[place] for place in places if place is not None]
    for moment in sorted(known, reverse=True):
        writer = run.points[order[moment]].who

        def told(at: int, writer: int = writer) -> bool:
            point = run.points[order[at]]
            return point.who != writer and (where is None or point.code is where)

        before = [at for at in range(moment - 1, -1, -1) if told(at)]
        later = [at for at in range(moment + 1, len(order)) if told(at)]
        wrote = max(
            (at for at in known if at < moment and run.points[order[at]].who != writer), default=-1
        )
        read = _mentioning(run, [order[at] for at in before if at > wrote], holder)
        if read is None and wrote >= 0:
            read = _mentioning(run, [order[at] for at in later], holder)
        if read is not None:
            return read
    return None


def _mentioning(run: Run, places: Iterable[int], holder: Written) -> int | None:
    """Return the first of some places whose line, in the app, mentions the holder's name.

    One that only writes it counts where no other one does.
    """
    if not holder.name:
        return None
    writes = None
    only = _WRITING.format(re.escape(holder.name))
    mentions = re.compile(rf"\b{re.escape(holder.name)}\b")
    visits = [codes_of(visitor.visit) for visitor in run.visitors]
    for place in places:
        point = run.points[place]
        if point.kind in ("return", "proxy") or id(point.code) in visits[point.who]:
            continue
        text = point.source
        if holder.what != "environment variable":
            text = _STRING.sub(_code_in, text)
        if mentions.search(text) and not re.search(only, text):
            return place
        if writes is None and mentions.search(text):
            writes = place
    return writes


def _code_in(found: re.Match[str]) -> str:
    """Return what of a string literal is code: the fields of an f-string."""
    is_format = "f" in found["prefix"].lower()
    return " ".join(re.findall(r"\{([^{}]*)\}", found[0])) if is_format else '""'
