"""What is waited for, said on a terminal while somebody may wonder why nothing moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pytest_flaskctx.plugin.mishaps import Mishaps

if TYPE_CHECKING:
    import pytest

    from pytest_flaskctx.hub import Hub
    from pytest_flaskctx.settings import Settings
    from pytest_flaskctx.tasks import Task


class Progress:
    """Says what the drain waits for.

    Args:
        config: pytest's, for the terminal.
        settings: for the root directory.
        hub: renders the stacks of hand-overs.
        mishaps: where our own failures are noted.
    """

    def __init__(
        self, config: pytest.Config, settings: Settings, hub: Hub, mishaps: Mishaps
    ) -> None:
        self._config = config
        self._settings = settings
        self._hub = hub
        self._mishaps = mishaps

    def __call__(self, left: Sequence[Task], seconds: float) -> None:
        """Say that ``left`` are waited for, for ``seconds`` more at most."""
        self._mishaps.guard("saying what is waited for", lambda: self._say(left, seconds))

    def _say(self, left: Sequence[Task], seconds: float) -> list[None]:
        reporter: pytest.TerminalReporter | None = self._config.pluginmanager.get_plugin(
            "terminalreporter"
        )
        # A log file and a pipe keep what a terminal forgets.
        if reporter is not None and reporter.isatty:
            reporter.ensure_newline()
            reporter.write_line(self._words(left, seconds))
        return []

    def _words(self, left: Sequence[Task], seconds: float) -> str:
        from pytest_flaskctx.places import handing
        from pytest_flaskctx.reports.telling import MECHANISMS
        from pytest_flaskctx.reports.terminalsafe import escape
        from pytest_flaskctx.source import shown

        origin = self._hub.origin(left[0])
        frame = handing(origin.stack)
        where = f" at {shown(frame.file, self._settings.root)}:{frame.line}" if frame else ""
        what = "1 task" if len(left) == 1 else f"{len(left)} tasks, one"
        return escape(
            f"flaskctx: waiting for {what} handed over by {MECHANISMS[origin.kind]}{where}, "
            f"at most {seconds:.0f} s more"
        )
