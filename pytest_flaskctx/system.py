"""What the system offers, as it was before any test could put something else in its place.

A test may stand in for ``open()``, for a function of ``os``, for the clock, or for the whole file
system: what we do must neither meet its stand-ins nor be counted by them. What does not work:
names of this module. freezegun and pyfakefs look through those of every module that is imported,
and put theirs in the place of the real ones.
"""

from __future__ import annotations

import io
import os
import tempfile
import time
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from typing import IO

    _Entries = AbstractContextManager[Iterator[os.DirEntry[str]]]


def _root() -> str:
    """Return the temporary directory; empty where there is none to write to."""
    try:
        return os.path.abspath(tempfile.gettempdir())
    except OSError:
        return ""


class System:
    """The real functions, by their own names, and the temporary directory of the run."""

    root = _root()
    close = staticmethod(os.close)
    geteuid = staticmethod(getattr(os, "geteuid", int))
    getpid = staticmethod(os.getpid)
    kill = staticmethod(os.kill)
    lstat = staticmethod(os.lstat)
    mkdir = staticmethod(os.mkdir)
    monotonic = staticmethod(time.monotonic)
    open = staticmethod(os.open)
    read = staticmethod(cast("Callable[[str, str], IO[bytes]]", io.open))
    rmdir = staticmethod(os.rmdir)
    scandir = staticmethod(cast("Callable[[str], _Entries]", os.scandir))
    stat = staticmethod(os.stat)
    unlink = staticmethod(os.unlink)
    urandom = staticmethod(os.urandom)
    write = staticmethod(os.write)
