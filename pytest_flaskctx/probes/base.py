"""What every probe is, and how it is kept from hurting its host.

A probe calls the original exactly once and passes its result or exception on unchanged. If our
own code fails on the way, the probe switches itself off, says so once in the report, and the
program goes on as if it were not there: that is what ``guarded`` is for. Where the stack or the
memory ends it is not our code that failed: just the one fact is lost then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import ModuleType
from typing import ClassVar, ParamSpec, TypeVar

from pytest_flaskctx.failures import told
from pytest_flaskctx.patching import Patches

P = ParamSpec("P")
R = TypeVar("R")

_NO_ROOM = (RecursionError, MemoryError)
"""Errors that come upon whatever runs when a program uses too much, as its test may expect."""


class Probe:
    """Instrumentation that can be installed once and removed once.

    Attributes:
        name: how it is called in the report.
        modules: modules that it wants to be told of when they are imported.
        live: false once it was removed or has switched itself off; its wrappers then only call
            what they wrap.
    """

    name: ClassVar[str]
    modules: tuple[str, ...] = ()

    def __init__(self, board: Switchboard) -> None:
        self.board = board
        self.live = True
        self.patches = Patches()

    def install(self) -> None:
        """Put the instrumentation in place."""

    def attach(self, module: ModuleType) -> None:
        """Take notice of a module of ``modules`` that is now imported."""

    def refresh(self) -> None:
        """Look for what has come since the last test."""

    def remove(self) -> None:
        """Take the instrumentation away, wherever it is still ours."""
        self.live = False
        self.patches.undo(self.switch_off)

    def failed(self, error: BaseException) -> None:
        """Switch this probe off because of an error of our own, unless the program ran out of room."""
        if not isinstance(error, _NO_ROOM):
            self.switch_off(error)

    def switch_off(self, error: BaseException) -> None:
        """Switch this probe off and say so in the report."""
        self.live = False
        self.board.disabled.setdefault(self.name, told(error))

    def guarded(self, function: Callable[P, R]) -> Callable[P, R | None]:
        """Return ``function`` so that an error in it switches the probe off instead."""

        def call(*args: P.args, **kwargs: P.kwargs) -> R | None:
            try:
                return function(*args, **kwargs)
            except Exception as error:  # our failure must never be the user's
                self.failed(error)
                return None

        return call


class Switchboard:
    """All installed probes, those that had to be switched off, and what watches for imports.

    Attributes:
        disabled: names of probes that switched themselves off, with the reason.
        proxies: further proxies of extensions to watch, as module and name.
        arrive: installs the probes, those of ``proxies`` too, in a process that was spawned.
        look: attaches to what was imported last, before another import tells of it.
    """

    def __init__(
        self,
        proxies: Iterable[tuple[str, str]] = (),
        arrive: Callable[[tuple[tuple[str, str], ...], bool], object] = lambda *_: None,
    ) -> None:
        self.disabled: dict[str, str] = {}
        self.proxies = tuple(proxies)
        self.arrive = arrive
        self.look: Callable[[], None] = lambda: None
        self.probes: list[Probe] = []
        self._refreshing: list[Probe] = []

    def install(self, kinds: Iterable[type[Probe]]) -> None:
        """Install one probe of each kind; one that fails is taken back whole."""
        for kind in kinds:
            probe = kind(self)
            self.probes.append(probe)
            if kind.refresh is not Probe.refresh:
                self._refreshing.append(probe)
            try:
                probe.install()
            except Exception as error:  # the others can do without it
                probe.switch_off(error)
                probe.remove()

    def remove(self) -> None:
        """Remove every probe, the newest first."""
        for probe in reversed(self.probes):
            probe.remove()

    def refresh(self) -> None:
        """Let the probes look for what has come since the last test."""
        for probe in self._refreshing:
            if probe.live:
                probe.guarded(probe.refresh)()

    def attach(self, name: str, module: ModuleType) -> None:
        """Tell the probes that asked for it that a module is imported."""
        for probe in self.probes:
            if probe.live and name in probe.modules:
                try:
                    probe.attach(module)
                except Exception as error:  # an unknown version of Flask, say
                    probe.switch_off(error)

    @property
    def watched(self) -> tuple[str, ...]:
        """Names of all modules that some probe wants to be told of."""
        return tuple({name: None for probe in self.probes for name in probe.modules})
