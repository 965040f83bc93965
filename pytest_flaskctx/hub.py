"""What the recorders of one monitor share."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Frame, IncidentKind, Origin, Stack
    from pytest_flaskctx.recorder import Recorder
    from pytest_flaskctx.stacks import Place, RawStack
    from pytest_flaskctx.tasks import Task


def _plain(place: Place) -> Frame:
    from pytest_flaskctx.facts import Frame

    return Frame(*place)


class Hub:
    """What the recorders of one monitor share: how stacks are rendered, and who is late.

    Args:
        render: turns raw stacks into frames.
        framed: makes a frame of what another process told of one.

    Attributes:
        hurry: set while sleeping tasks are let go early.
        overdue: those for which something was seen when they had been judged.
        run_for: where incidents of a kind are booked that are told once a run; ``None`` where the
            suite makes them the affair of each test.
    """

    run_for: Callable[[IncidentKind], Recorder | None] = staticmethod(lambda kind: None)

    def __init__(
        self,
        render: Callable[[RawStack], Stack],
        framed: Callable[[Place], Frame] = _plain,
    ) -> None:
        self.render = render
        self.framed = framed
        self.hurry = threading.Event()
        self.overdue: dict[Recorder, None] = {}

    def late(self, recorder: Recorder) -> None:
        """Note that something was seen for a test that had been judged."""
        self.overdue[recorder] = None

    def take_late(self) -> list[Recorder]:
        """Return the recorders that have something late, each once."""
        taken = []
        while self.overdue:
            taken.append(self.overdue.popitem()[0])
        return taken

    def origin(self, task: Task) -> Origin:
        """Return where ``task`` was handed over, as a fact."""
        from pytest_flaskctx.facts import Origin
        from pytest_flaskctx.places import mechanism

        stack = self.render(task.raw)
        return Origin(
            kind=mechanism(task.kind, stack),
            stack=stack,
            thread=task.thread,
            request=task.request.fact if task.request and not task.unsure else None,
            test=task.recorder.subject.name,
            inline=task.inline,
            parent=self.origin(task.parent) if task.parent else None,
        )
