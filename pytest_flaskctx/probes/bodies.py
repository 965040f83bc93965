"""Bodies and uploaded files that are read when their request is over.

A copied context may be used after its request, as Flask's documentation says, and so may the real
request object; but not what stands on the connection. What does not work: asking at each access
of ``request`` whether its body was read, for that is what every request would pay for. A request
opens its body once, when it is first read, by a function of Werkzeug's that stands in for it
here; and Flask empties an entry of the environment when it pops the context, up to 3.1, which is
all that is asked of the others. Uploaded files are closed at that moment, and tell so themselves.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from types import FrameType, ModuleType
from typing import Any

from pytest_flaskctx.board import board
from pytest_flaskctx.contexts import bound_context
from pytest_flaskctx.flasknames import (
    BODY_MODULE,
    FILES_MODULE,
    body_opener,
    has_body,
    opened_for,
    popped,
    request_behind,
    request_words,
    upload_class,
)
from pytest_flaskctx.probes.base import Probe
from pytest_flaskctx.reading import Closed
from pytest_flaskctx.records import RECORD, record_of
from pytest_flaskctx.tasks import RequestRecord, Task
from pytest_flaskctx.threadstate import here

_READING = frozenset({"read", "read1", "readinto", "readline", "readlines", "seek", "tell"})


class Bodies(Probe):
    """The first read of a request's body, and reads of uploaded files."""

    name = "bodies"
    modules = (BODY_MODULE, FILES_MODULE)

    def attach(self, module: ModuleType) -> None:
        """Wrap what opens a body, or the methods that read a file."""
        if module.__name__ == BODY_MODULE:
            name = body_opener(module)
            self.patches.replace(module, name, self._opener(vars(module)[name]))
            return
        upload = upload_class(module)
        self.patches.replace(upload, "__getattr__", self._asked(vars(upload)["__getattr__"]))
        for name in ("__iter__", "save"):
            self.patches.replace(upload, name, self._read(vars(upload)[name]))

    def _opener(self, original: Callable[..., Any]) -> Callable[..., Any]:
        see = self.guarded(_see_body)

        def get_input_stream(environ: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
            if self.live and _over(environ):
                see(environ, sys._getframe(1))
            return original(environ, *args, **kwargs)

        return get_input_stream

    def _asked(self, original: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
        see = self.guarded(_see_file)

        def asked(upload: Any, name: str) -> Any:
            if self.live and name in _READING:
                see(upload, sys._getframe(1))
            return original(upload, name)

        return asked

    def _read(self, original: Callable[..., Any]) -> Callable[..., Any]:
        see = self.guarded(_see_file)

        def read(upload: Any, *args: Any, **kwargs: Any) -> Any:
            if self.live:
                see(upload, sys._getframe(1))
            return original(upload, *args, **kwargs)

        return read


def _over(environ: dict[str, Any]) -> bool:
    """Whether the request behind ``environ`` is over."""
    if popped(environ):
        return True
    # Flask 3.2 empties nothing.
    request = request_behind(environ)
    record = getattr(request, "__dict__", {}).get(RECORD) if request is not None else None
    return record is not None and record.closed


def _see_body(environ: dict[str, Any], frame: FrameType) -> None:
    request = opened_for(frame)
    # A request is often of the user's own class, which may have a `__getattr__` of its own.
    record: RequestRecord | None = getattr(request, "__dict__", {}).get(RECORD)
    if record is None or record is not _asking() or not has_body(environ):
        return
    if record.words is None:
        record.words = request_words(request)
    _book("body", record, frame)


def _see_file(upload: Any, frame: FrameType) -> None:
    record = _asking()
    if record is not None and getattr(upload.stream, "closed", False):
        _book("file", record, frame)


def _asking() -> RequestRecord | None:
    """Return the request for which this thread reads, where no proxy tells of that already.

    It is that of a copied context which the thread pushed, or of its task where none is bound.
    """
    thread = here()
    context = bound_context()
    if context is not None:
        record = record_of(context)
        copied = record is not None and record.copied and record.owner is thread
        return record.request if record is not None and copied else None
    task: Task | None = thread.task
    return task.request if task is not None else None


def _book(operation: str, request: RequestRecord, frame: FrameType) -> None:
    original, recorder = request.original, board.responsible()
    if recorder is None or (original is not None and not original.over):
        return
    task: Task | None = here().task
    owner = original.owner.name if original is not None else task.thread if task else ""
    recorder.see("request", operation, frame, context=partial(Closed.of, request, owner))
