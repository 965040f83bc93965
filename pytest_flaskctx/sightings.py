"""What was seen or noted, how often, and which errors came of it."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_flaskctx.board import board

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Access, Incident

_MARK = "_pytest_flaskctx_sighting"

_numbers = itertools.count(1)


class Sighting:
    """One access, and what became of it each time it was seen.

    The thread that uses a proxy only notes what passes; the words are found when they are wanted.
    They need modules of ours that a run without a leak does not import, and that a thread must not
    import while pytester, say, puts ``sys.modules`` back.

    Args:
        make: makes the fact.

    Attributes:
        count: how often it was seen.
        expected: how often the test received its error and said that it expects it.
        escaped: whether its error, or one raised because of it, left the task.
        paths: the files that its errors passed through, the one that caught it first.
        told: fingerprint and rule's code of the finding that it became.
    """

    __slots__ = (
        "__weakref__",
        "_access",
        "_error",
        "_make",
        "count",
        "escaped",
        "expected",
        "number",
        "paths",
        "told",
    )

    def __init__(self, make: Callable[[], Access]) -> None:
        self.number: int | str = next(_numbers)
        self._make: Callable[[], Access] | None = make
        self._access: Access
        self.count = 0
        self.expected = 0
        self.escaped = False
        self.paths: set[tuple[str, ...]] = set()
        self.told: tuple[str, str] | None = None
        self._error: BaseException | None = None

    @property
    def access(self) -> Access:
        """The fact."""
        make = self._make
        if make is not None:
            self._access = make()
            # It holds the task.
            self._make = None
        return self._access

    def raised(self, error: BaseException) -> None:
        """Remember an error that this access raises, until it is known where it was caught.

        A traceback grows as the error passes through frames, so where it was caught is known only
        afterwards. The error is held until the task ends, at most until the next look.
        """
        self.settle()
        error.__dict__[_MARK] = self.number
        _marked[self.number] = self
        self._error = error

    def state(self) -> tuple[int, ...]:
        """Return what of it a judgement rests on, as numbers that only grow."""
        self.settle()
        return self.count, self.expected, self.escaped, len(self.paths)

    def settle(self) -> None:
        """Note how far the error came, and let go of it."""
        error, self._error = self._error, None
        if error is None:
            return
        path = []
        entry = error.__traceback__
        while entry is not None:
            path.append(entry.tb_frame.f_code.co_filename)
            entry = entry.tb_next
        self.paths.add(tuple(path))


_marked: weakref.WeakValueDictionary[int | str, Sighting] = weakref.WeakValueDictionary()


def mark(number: str, sighting: Sighting) -> None:
    """Let errors that another process marked with ``number`` be those of ``sighting``."""
    _marked[number] = sighting


def marked_by(number: int | str) -> Sighting | None:
    """Return the sighting whose errors are marked with ``number``."""
    return _marked.get(number)


def sighting_of(error: BaseException) -> Sighting | None:
    """Return the sighting of the access that raised ``error``, if one did."""
    number = error.__dict__.get(_MARK, 0)
    # An error of another process may be here before what that process tells of it was read.
    if type(number) is str and board.children is not None:
        board.children.collect()
    return marked_by(number)


def marked(error: BaseException | None) -> Iterator[Sighting]:
    """Yield the sightings whose errors stand in the chain of ``error``."""
    seen: set[int] = set()
    queue = [error]
    while queue:
        current = queue.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        found = sighting_of(current)
        if found is not None:
            yield found
        queue += [current.__cause__, current.__context__]
        if isinstance(current, BaseExceptionGroup):
            queue += current.exceptions


class Noted:
    """Something other than an access that a probe noted, and how often.

    Args:
        make: makes the fact.

    Attributes:
        told: fingerprint and rule's code of the finding that it became.
    """

    told: tuple[str, str] | None = None

    def __init__(self, make: Callable[[], Incident]) -> None:
        self._make = make
        self.count = 0

    @cached_property
    def incident(self) -> Incident:
        """The fact."""
        return self._make()
