"""What an exploration comes to, as the caller gets it."""

from __future__ import annotations

from typing import Literal, NamedTuple

Tier = Literal[
    "failed before",
    "serial",
    "guided",
    "one preemption",
    "random",
    "instructions",
    "more participants",
]


class IsolationResult(NamedTuple):
    """What ``flask_ctx_isolation`` found out; it raises where something bled.

    Attributes:
        verdict: ``isolated``; ``inconclusive`` where it could not tell; ``bleeds`` where something did
            and the suite lets it pass.
        reason: why it could not tell.
        structural: whether that lies in the program or the platform, and not in the time given.
        schedules: how many schedules were run.
        steps: how many steps were taken in all of them.
        points: how many switch points the longest visit has, alone.
        both_in: the lines, as ``file:line``, in which one participant stood while another passed
            lines of its own.
        tiers: the tiers that were completed.
        not_put_back: what changed and could not be put back between schedules.
        seed: what decided where chance did.
        varying: what differs between equal runs, and so tells the oracle ``serial`` nothing: where
            it is what counts, state is not put back, and wants a ``reset``.
    """

    verdict: Literal["isolated", "inconclusive", "bleeds"]
    reason: str
    structural: bool
    schedules: int
    steps: int
    points: int
    both_in: tuple[str, ...]
    tiers: tuple[Tier, ...]
    not_put_back: tuple[str, ...]
    seed: str
    varying: tuple[str, ...] = ()

    @property
    def isolated(self) -> bool:
        """Whether nothing bled in all that was to be explored."""
        return self.verdict == "isolated"
