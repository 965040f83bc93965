"""``multiprocessing.pool.ThreadPool``: what is applied or mapped is a task.

A map is one hand-over of many calls: the task is over when all of them are. Where the items come
from an iterator, each call still to come is counted when its item is drawn.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType, ModuleType
from typing import Any, NamedTuple

from pytest_flaskctx.probes.base import Probe
from pytest_flaskctx.probes.handover import hand_over
from pytest_flaskctx.probes.sharing import spread
from pytest_flaskctx.probes.waits import waited
from pytest_flaskctx.running import Run
from pytest_flaskctx.tasks import Task, Waited, moments
from pytest_flaskctx.unasked import attribute_of

_CALLBACKS = ("callback", "error_callback")


class Called(NamedTuple):
    """What a function is called with, as far as that is known.

    Attributes:
        args: by place.
        kwargs: by name.
        more: how many arguments there are besides; ``None`` where that is not known.
    """

    args: Sequence[object] = ()
    kwargs: Mapping[str, object] = MappingProxyType({})
    more: int | None = 0


_ONE = Called(more=1)
"""A callback is called with the result, and what is mapped with one item."""

_UNKNOWN = Called(more=None)


class ThreadPools(Probe):
    """``ThreadPool`` and its subclasses; process pools are left alone."""

    name = "threadpools"
    modules = ("multiprocessing.pool",)

    def attach(self, module: ModuleType) -> None:
        """Wrap the methods through which all others hand over.

        Once the suite imports them: we do not bring in half of multiprocessing ourselves.
        """
        pool = vars(module)["ThreadPool"]
        for name, wrap in (
            ("apply_async", self._apply),
            ("_map_async", self._map),
            ("imap", self._imap),
            ("imap_unordered", self._imap),
        ):
            self.patches.replace(pool, name, wrap(getattr(pool, name)))

    def _apply(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def apply_async(pool: Any, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            task = self._handed(pool, (func,), _given(args, kwargs))
            if task is None:
                return original(pool, func, *args, **kwargs)
            task.cancelled = terminated(pool)
            after = self._after(pool, task, args, kwargs)
            handing_over: tuple[Any, ...] = (task, original, pool, Run(task, func))
            if after is not None:
                done = Waited()
                task.waits = (*task.waits, done)
                kwargs |= {name: _After(after, kwargs.get(name), done) for name in _CALLBACKS}
                handing_over = (after, or_over, *handing_over)
            result = or_over(*handing_over, *args, **kwargs)
            task.cancelled = ready(pool, result)
            return result

        return apply_async

    def _map(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def _map_async(
            pool: Any, func: Callable[..., Any], iterable: Iterable[Any], *args: Any, **kwargs: Any
        ) -> Any:
            task = self._handed(pool, (func,), _mapped(*args[:1]))
            if task is None:
                return original(pool, func, iterable, *args, **kwargs)
            # After the mapper; without one, there are several whenever there are two items.
            size = _size(kwargs.get("chunksize"), *args[1:2])
            items = self._counted(task, func, iterable, size)
            result = or_over(task, original, pool, Run(task, func), items, *args, **kwargs)
            # One call that raises ends its whole chunk.
            task.cancelled = ready(pool, result)
            return result

        return _map_async

    def _imap(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def imap(
            pool: Any, func: Callable[..., Any], iterable: Iterable[Any], *args: Any, **kwargs: Any
        ) -> Any:
            task = self._handed(pool, (func,), _ONE)
            if task is None:
                return original(pool, func, iterable, *args, **kwargs)
            task.cancelled = terminated(pool)
            size = _size(kwargs.get("chunksize"), *args[:1])
            items = self._drawn(task, func, iterable, size)
            return or_over(task, original, pool, Run(task, func), items, *args, **kwargs)

        return imap

    def _handed(
        self, pool: Any, functions: Sequence[Callable[..., Any]], called: Called
    ) -> Task | None:
        return self.guarded(_handed)(pool, functions, called) if self.live else None

    def _after(
        self, pool: Any, task: Task, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Task | None:
        """Return the one task of the callbacks: whichever way the call ends, one is called."""
        given = callbacks(args, kwargs)
        after = self._handed(pool, given, _ONE) if given else None
        if after is not None:
            after.cancelled = task.cancelled
        return after

    def _counted(
        self, task: Task, func: Callable[..., Any], iterable: Iterable[Any], size: int
    ) -> Iterable[Any]:
        """Count the calls of a map: all at once, or as the pool makes its list."""
        try:
            # As the pool itself asks.
            calls = len(iterable) if hasattr(iterable, "__len__") else None  # type: ignore[arg-type]
        except Exception:  # the pool meets it next, and passes it on
            return iterable
        if calls is None:
            return self._drawn(task, func, iterable, size)
        if calls > size:
            self._spread(task, func)
        task.expect(calls)
        # The one for the hand-over itself.
        task.ended()
        return iterable

    def _drawn(
        self, task: Task, func: Callable[..., Any], iterable: Iterable[Any], size: int
    ) -> Iterator[Any]:
        try:
            for number, item in enumerate(iterable):
                if number == size:
                    self._spread(task, func)
                task.expect(1)
                yield item
        finally:
            task.ended()

    def _spread(self, task: Task, func: Callable[..., Any]) -> None:
        """Note that there is more than one worker can be given at once."""
        if task.lone is None:
            self.guarded(spread)(task, func)


def _handed(pool: Any, functions: Sequence[Callable[..., Any]], called: Called) -> Task | None:
    mark = waited(pool)
    lone = mark if attribute_of(pool, "_processes") == 1 else None
    args, kwargs, more = called
    task = hand_over(
        "threadpool", sys._getframe(4), *functions, args=args, kwargs=kwargs, more=more, lone=lone
    )
    if task is not None:
        task.waits = (mark,)
    return task


def _given(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Called:
    """Return what a function is applied to; an iterator is left to the pool."""
    places = dict(zip(("args", "kwds"), args, strict=False)) | kwargs
    positional: Any = places.get("args", ())
    named: Any = places.get("kwds")
    kept: Sequence[object] | None = None
    # By the methods of their kinds: a class of the user's may have others.
    for kind in (tuple, list):
        if issubclass(type(positional), kind):
            kept = tuple(kind.__iter__(positional))
    by_name = dict(dict.items(named)) if issubclass(type(named), dict) else {}
    return Called(kept or (), by_name, 0 if kept is not None else None)


def _size(*given: object) -> int:
    """Return the size of the chunks, the first that was given."""
    return next((size for size in given if type(size) is int and size), 1)


def _mapped(mapper: object = None) -> Called:
    """Return what a function is mapped with: that of ``starmap()`` takes an item for arguments."""
    return _ONE if getattr(mapper, "__name__", "") == "mapstar" else _UNKNOWN


class _After(Run):
    """A callback in its place: when it is called, what it was given for is over.

    One stands for the callback that was not given, too, so that the task of both comes to its end.
    """

    __slots__ = ("_done",)

    def __init__(self, task: Task, function: Callable[..., Any] | None, done: Waited) -> None:
        super().__init__(task, _nothing if function is None else function)
        self._done = done

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        self._done.at = next(moments)
        return super().__call__(*args, **kwargs)


def callbacks(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Callable[..., Any]]:
    """Return the callbacks among what follows ``func`` in a call of ``apply_async``."""
    # The two after `func` are its arguments; callbacks given by place stay as they are.
    if len(args) > 2:
        return []
    return [kwargs[name] for name in _CALLBACKS if kwargs.get(name) is not None]


def followed(after: Task, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return ``kwargs`` with callbacks that are the task ``after``: one of them is called."""
    given = {name: kwargs.get(name) for name in _CALLBACKS}
    return kwargs | {
        name: Run(after, _nothing if each is None else each) for name, each in given.items()
    }


def _nothing(result: object) -> None:
    """Do nothing."""


def or_over(task: Task, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call ``original``; if it refuses, the task is over."""
    try:
        return original(*args, **kwargs)
    except BaseException:
        task.refused()
        raise


def terminated(pool: Any) -> Callable[[], bool]:
    """Return what tells whether ``pool`` lets lie what it has not begun."""
    # A task may outlive its pool by far, and must not keep it from being collected.
    alive = weakref.ref(pool)

    def stopped() -> bool:
        return bool(attribute_of(alive(), "_state", "TERMINATE") == "TERMINATE")

    return stopped


def ready(pool: Any, result: Any) -> Callable[[], bool]:
    """Return what tells whether ``result`` is there, or ``pool`` lets lie what it has not begun."""
    # A call may fail before it comes to the function, by what it is called with.
    over, stopped = once(settled, result), terminated(pool)
    return lambda: over() or stopped()


def settled(result: Any) -> bool:
    """Whether a result of a pool is there."""
    return result._job not in result._cache


def once(over: Callable[[Any], bool], thing: Any) -> Callable[[], bool]:
    """Return what asks ``over`` of a thing, which is over for certain when it is collected."""
    # A task may outlive it by far, and must not keep what it holds: a result, an error with frames.
    alive = weakref.ref(thing)

    def asked() -> bool:
        found = alive()
        return found is None or over(found)

    return asked
