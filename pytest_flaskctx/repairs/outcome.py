"""What a repair comes to: a patch, or why there is none."""

from __future__ import annotations

from typing import NamedTuple


class Repair(NamedTuple):
    """What can be done about one finding.

    Attributes:
        patch: a unified diff with paths relative to the root directory, as ``git apply`` takes it;
            ``None`` where none can be made safely.
        reason: why there is none, one sentence without its full stop; empty where there is one.
    """

    patch: str | None
    reason: str


class RefusedError(Exception):
    """Says why nothing is proposed, in one sentence without its full stop."""

    @property
    def reason(self) -> str:
        """The sentence."""
        return str(self.args[0])
