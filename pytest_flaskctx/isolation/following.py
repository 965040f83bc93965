"""What is followed of a program: the user's modules, and those of libraries that were asked for."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from types import ModuleType
from typing import Any

from pytest_flaskctx.isolation.reach import Reach
from pytest_flaskctx.isolation.state import MOST, State, users_modules
from pytest_flaskctx.source import spells

MOST_OF_LIBRARIES = 1000
"""Up to how many places a program may have with its libraries; with more, theirs are left out.

Each place is looked at between any two steps: a whole framework's would take all the time that there is.
"""


class Following:
    """Finds the state of a program.

    Args:
        reach: tells whose state it is.

    Attributes:
        modules: what is followed from, by name.
        left_out: names of the modules that are not, for there are too many places in them.
    """

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self.modules: dict[str, ModuleType] = {}
        self.left_out: tuple[str, ...] = ()
        self.grown()

    def grown(self) -> bool:
        """Look for modules that were imported since, and follow them; return whether there are any."""
        found = users_modules(self._reach.keeps)
        news = found.keys() - self.modules.keys() - set(self.left_out)
        self.modules.update((name, found[name]) for name in found if name in news)
        return bool(news)

    def state(self, roots: dict[str, Any]) -> State:
        """Return the state of the program.

        Args:
            roots: further objects to begin with, by how a program would write them.
        """
        files = {name: str(module.__file__) for name, module in self.modules.items()}
        librarys = [name for name, file in files.items() if not self._reach.own(file)]
        if librarys:
            state = self._state(roots, MOST_OF_LIBRARIES)
            if state.complete:
                return state
            self.left_out += tuple(librarys)
            for name in librarys:
                del self.modules[name]
        return self._state(roots, MOST)

    def limits(self, state: State) -> Iterable[str]:
        """Return what of a state is not put back, in the words of the result."""
        if not state.complete:
            yield "places beyond the first few thousand"
        for name in sorted({name.partition(".")[0] for name in self.left_out}):
            yield f"what `{name}` holds"

    def _state(self, roots: dict[str, Any], most: int) -> State:
        modules: dict[str, ModuleType] = dict(self.modules)
        files = [str(module.__file__) for module in modules.values()]

        @cache
        def spelt(key: str) -> bool:
            return any(spells(file, repr(key)) for file in files)

        return State(modules, roots, lambda name: name in modules, spelt, most)
