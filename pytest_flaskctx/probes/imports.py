"""Noticing that Flask was imported, without being in the way.

What does not work: wrapping the loader shows in ``__spec__`` and breaks who asks it for data. A
finder that finds nothing is enough: it is asked at every import of a module not yet there, and by
the time Flask imports its next module, ``flask.globals`` is complete. Modules are told apart by
identity, not by name: pytester takes Flask out of ``sys.modules``, and the next import makes new
proxy objects.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

from pytest_flaskctx.flasknames import imported

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_flaskctx.probes.base import Switchboard


class ImportWatch:
    """Tells a switchboard of each module that its probes wait for, once a module object.

    It stands first in ``sys.meta_path`` and finds nothing.
    """

    def __init__(self, board: Switchboard) -> None:
        self._board = board
        self._watched = board.watched
        self._seen: dict[str, ModuleType] = {}
        # The module asked for last; how many there were at the last look.
        self._asked = ""
        self._looked = 0
        # The same when last was looked between tests.
        self._known = ""
        self._modules = 0

    def install(self) -> None:
        """Look at what is imported already, and watch from now on."""
        sys.meta_path.insert(0, self)
        self.look()

    def remove(self) -> None:
        """Watch no longer."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> None:
        """Find nothing; take the occasion to look."""
        # Each Flask("name") comes here twice, and asks for a module that nobody imports.
        if name != self._asked or len(sys.modules) != self._looked:
            self._asked = name
            self.look()

    def look_again(self) -> None:
        """Look, and let the probes look, if modules have come or gone since the last time."""
        came = self._asked != self._known and self._asked in sys.modules
        if came or len(sys.modules) != self._modules:
            self._known = self._asked
            self._modules = len(sys.modules)
            self.look()
            self._board.refresh()

    def look(self) -> None:
        """Tell of watched modules that have come since the last look."""
        modules = sys.modules
        seen = self._seen
        self._looked = len(modules)
        for name in self._watched:
            module = modules.get(name)
            if module is None or seen.get(name) is module:
                continue
            if imported(name) is module:
                seen[name] = module
                self._board.attach(name, module)
            else:
                # It will be complete without another module's coming.
                self._looked = 0
