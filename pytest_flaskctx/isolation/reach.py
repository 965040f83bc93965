"""Whose lines participants are stepped through: the user's, and of libraries what the suite asks for."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterable

from pytest_flaskctx.ownership import Ownership
from pytest_flaskctx.settings import SettingsError

_STATELESS = ("flask", "werkzeug", "pytest", "flaskctx", "stdlib")


class Reach:
    """Sorts files by whether their lines are switch points, and whether their state is put back.

    Args:
        ownership: tells whose code a file is.
        modules: names of modules and packages of libraries whose lines are asked for.
        where: who asks for them.

    Raises:
        SettingsError: one of the modules cannot be imported, or has no lines of Python.
    """

    def __init__(self, ownership: Ownership, modules: Iterable[str] = (), where: str = "") -> None:
        self._ownership = ownership
        self._asked = tuple(place for name in modules for place in places_of(name, where))
        self._known: dict[str, bool] = {}

    def steps(self, file: str) -> bool:
        """Whether the lines of ``file`` are switch points."""
        known = self._known.get(file)
        if known is None:
            known = self._known[file] = self._steps(file)
        return known

    def keeps(self, file: str) -> bool:
        """Whether what a module of ``file`` holds is followed, told and put back.

        Of Flask, of what it stands on and of the standard library only the lines can be asked for:
        what they keep is the process's, and more than the app's.
        """
        return self.steps(file) and self._ownership.classify(file) not in _STATELESS

    def own(self, file: str) -> bool:
        """Whether ``file`` is the user's."""
        return self._ownership.classify(file) == "user"

    def extends(self, file: str) -> bool:
        """Whether of ``file`` only uses of the proxies are switch points: an extension's."""
        return self._ownership.classify(file) == "library"

    def _steps(self, file: str) -> bool:
        return self.own(file) or file.startswith(self._asked)


def places_of(name: str, where: str) -> tuple[str, ...]:
    """Import a module; return its file, or the folders of a package, each with a separator at its end.

    Args:
        name: the module's.
        where: who names it.

    Raises:
        SettingsError: it cannot be imported, or has no lines of Python.
    """
    try:
        module = importlib.import_module(name)
    except Exception as error:  # whatever its own lines raise
        raise SettingsError(
            f"{where}: {name!r} cannot be imported: {type(error).__name__}: {error}"
        ) from None
    folders = tuple(os.path.join(each, "") for each in getattr(module, "__path__", ()))
    file = str(getattr(module, "__file__", None))
    if not folders and not file.endswith(".py"):
        raise SettingsError(f"{where}: {name!r} has no lines of Python to step through")
    return folders or (file,)
