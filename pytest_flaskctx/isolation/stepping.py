"""Where the interpreter tells of lines: the switch points of the user's code.

From Python 3.12 on by ``sys.monitoring``, beside whatever else listens there; below by tracing, and
then whoever traced before is told as well.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import CodeType
from typing import Protocol


class Stepping(Protocol):
    """Calls the turns at each switch point of each participant.

    Attributes:
        fine: whether instructions within a line are switch points, too.
    """

    fine: bool

    def installed(self) -> AbstractContextManager[None]:
        """Tell of lines within the block."""
        ...


def stepping(users: Callable[[CodeType], bool], extensions: Callable[[CodeType], bool]) -> Stepping:
    """Return what tells of the lines of the code that is the user's.

    Args:
        users: whether code is.
        extensions: whether code is an extension's, whose uses of proxies are told, too.
    """
    if sys.version_info >= (3, 12):
        from pytest_flaskctx.isolation.monitoring import Monitoring

        return Monitoring(users, extensions)
    from pytest_flaskctx.isolation.tracing import Tracing

    return Tracing(users, extensions)
