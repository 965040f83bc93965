"""Requests that are still held when their test is over: FCX304's facts."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cached_property
from itertools import compress
from typing import TYPE_CHECKING, Any
from weakref import ref

from pytest_flaskctx.contexts import standing
from pytest_flaskctx.failures import told
from pytest_flaskctx.flasknames import request_in, request_words, rule_of
from pytest_flaskctx.records import RECORD
from pytest_flaskctx.referrers import held_by_frames, references
from pytest_flaskctx.threadstate import here

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Frame, Incident
    from pytest_flaskctx.holders import Holder, Holders
    from pytest_flaskctx.recorder import Recorder
    from pytest_flaskctx.tasks import RequestRecord
    from pytest_flaskctx.trial import Trial

    Shape = tuple[object, ...]
    """What requests have in common that are held alike."""


MOST = 4
"""For how many requests of a test a holder is looked for, the latest ones."""


TRIES = 3
"""For how many requests that are held alike a holder is looked for in vain."""


MOST_TESTS = 100
"""For how many tests a look is put off at least, the latest ones of those that hold something."""


class Retained:
    """Looks for requests that outlive their tests.

    Args:
        is_users: whether a file is the user's.
        wanted: whether anybody wants to know.

    Attributes:
        off: why nothing is looked at any more, our own failure or the time that it took; empty
            while it is.
    """

    def __init__(self, is_users: Callable[[str], bool], wanted: Callable[[], bool]) -> None:
        self.off = ""
        self._harmless_shapes: set[Shape] = set()
        self._in_vain: Counter[Shape] = Counter()
        self._later: list[tuple[Trial, list[ref[Any]]]] = []
        self._is_users = is_users
        self._wanted = wanted

    # Many a test leaves a request in the traceback of a 404, and few one that is held.
    @cached_property
    def _holders(self) -> Holders:
        from pytest_flaskctx.holders import Holders

        return Holders(self._is_users, lambda file, names: bool(_place(file, names)))

    def look_later(self, trial: Trial, requests: list[Any]) -> None:
        """Remember requests of a test that are still there, for :meth:`still_there`.

        To look takes milliseconds. Where nothing fails by it there is time until all tests are over,
        and what only awaited garbage collection is gone by then.
        """
        if self.off:
            return
        if len(self._later) >= 2 * MOST_TESTS:
            there = (each for each in self._later if any(it() is not None for it in each[1]))
            self._later = list(there)[-MOST_TESTS:]
        self._later.append((trial, [ref(request) for request in requests]))

    def still_there(self) -> Iterator[tuple[Trial, list[Any]]]:
        """Yield the tests that were remembered, each with its requests as they are still there."""
        later, self._later = self._later, []
        for trial, known in later:
            requests = [reference() for reference in known]
            requests = [request for request in requests if request is not None]
            if requests:
                yield trial, requests

    def look(self, recorder: Recorder, requests: list[Any]) -> None:
        """Note for ``recorder`` those of its requests that a module or a class holds.

        Args:
            recorder: the test.
            requests: those that are still there, in a list that alone refers to them.
        """
        if self.off:
            return
        try:
            self._look(recorder, requests)
        except Exception as error:  # our failure must never be the user's
            self.off = told(error)

    def _look(self, recorder: Recorder, requests: list[Any]) -> None:
        # A context of setUpClass() or of a wider fixture is over when that is.
        pushed = {id(request_in(each)) for contexts in standing(here()) for each in contexts}
        requests[:] = (each for each in requests if id(each) not in pushed)
        del requests[:-MOST]
        shapes = [_shape(requests, index) for index in range(len(requests))]
        held = [not self._harmless(requests, index, shape) for index, shape in enumerate(shapes)]
        requests[:] = compress(requests, held)
        if requests and self._wanted():
            self._search(recorder, requests, list(compress(shapes, held)))

    def _harmless(self, requests: list[Any], index: int, shape: Shape) -> bool:
        """Whether nothing but frames holds ``requests[index]``, or held one just like it.

        A suite may have thousands of tests of a 404, and to ask for each takes too long. So it does
        to look for what holds requests that something unknown does: a library, say.
        """
        if shape in self._harmless_shapes or self._in_vain[shape] >= TRIES:
            return True
        harmless = held_by_frames(requests, index)
        if harmless:
            self._harmless_shapes.add(shape)
        return harmless

    def _search(self, recorder: Recorder, requests: list[Any], shapes: list[Shape]) -> None:
        from pytest_flaskctx import holders

        before = self._holders.searched
        found = list(self._holders.find(requests))
        # For the rest there was no time.
        looked, known = self._holders.searched - before, {index for index, _ in found}
        self._in_vain.update(
            shape for index, shape in enumerate(shapes[:looked]) if index not in known
        )
        if found:
            from pytest_flaskctx import source

            with source.reading():
                for index, holder in found:
                    _note(recorder, requests[index], holder)
        if self._holders.exhausted:
            most, seconds = holders.MOST_OF_RUN, holders.PATIENCE_OF_RUN
            self.off = f"it looked for {most} requests, or for {seconds:g} s"


def _shape(requests: list[Any], index: int) -> Shape:
    """Return what ``requests[index]`` has in common with others that are held alike."""
    record = requests[index].__dict__[RECORD]
    # Of how many things hold its record its contexts are most.
    return rule_of(requests[index]), references(requests, index), sys.getrefcount(record)


def _place(file: str, names: tuple[str, ...]) -> Frame | None:
    from pytest_flaskctx import source

    return source.definition(file, names)


def _note(recorder: Recorder, request: Any, holder: Holder) -> None:
    record: RequestRecord = request.__dict__[RECORD]
    if record.words is None:
        record.words = request_words(request)
    fact, place = record.fact, _place(holder.file, holder.names)
    name = recorder.subject.name

    def make() -> Incident:
        from pytest_flaskctx.facts import Frame, Incident

        frame = place or Frame(holder.file, 1, "<module>")
        return Incident(
            kind="retained-request",
            proxy="",
            stack=(frame,),
            thread="",
            process=os.getpid(),
            origin=None,
            request=fact,
            words=(holder.path, holder.how, holder.site),
            test=name,
        )

    recorder.noticed(("retained-request", holder.site, fact), make)
