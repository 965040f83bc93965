"""Of what hundreds of schedules print and log, that of the last one: a failing test shows no more."""

from __future__ import annotations

import logging
import sys
from io import StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    import pytest


class Hushed:
    """Lets schedules be forgotten as far as pytest captures what they say.

    Args:
        config: of the run; with ``-s`` nothing is captured, and nothing forgotten.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._capture: Any = config.pluginmanager.getplugin("capturemanager")
        self._before = ("", "")
        self._logs: list[tuple[Any, StringIO, int, int]] = []

    def __enter__(self) -> Self:
        self._before = self._captured()
        handlers: list[Any] = logging.getLogger().handlers
        self._logs = [
            (each, each.stream, each.stream.tell(), len(each.records))
            for each in handlers
            if isinstance(getattr(each, "stream", None), StringIO) and hasattr(each, "records")
        ]
        return self

    def forget(self) -> None:
        """Forget what was said since the block began."""
        self._captured()
        for handler, stream, end, count in self._logs:
            del handler.records[count:]
            if handler.stream is stream:
                stream.seek(end)
                stream.truncate()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        last = self._captured()
        for number, stream in enumerate((sys.stdout, sys.stderr)):
            said = self._before[number] + last[number]
            if said:
                stream.write(said)

    def _captured(self) -> tuple[str, str]:
        """Take what was captured so far."""
        if self._capture is None or not self._capture.is_globally_capturing():
            return "", ""
        out, err = self._capture.read_global_capture()
        return out, err
