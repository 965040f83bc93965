"""What one process has to say when all of its tests are over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pytest_flaskctx.findings import JsonDict
    from pytest_flaskctx.rules.allowances import Allowance


class Totals(NamedTuple):
    """Numbers and remainders of one process, or of all together.

    Attributes:
        tests: how many tests ran.
        handovers, observed: how many hand-overs, and accesses that had to be looked at.
        used: keys of the allowances that met a finding.
        allowances: what the markers of the tests that ran expect.
        disabled: probes that switched themselves off, with the reason.
        mishaps: steps of the plugin that failed, with the reason.
        exhausted: whether the time for waiting was spent.
        collected: how many tests there were to run, in all processes together.
        partial: whether it is known that not all of the suite's were to.
        late: findings of tests that were over, as they travel.
        between: findings of no test, as they travel.
    """

    tests: int = 0
    handovers: int = 0
    observed: int = 0
    used: frozenset[str] = frozenset()
    allowances: tuple[Allowance, ...] = ()
    disabled: Mapping[str, str] = {}
    mishaps: Mapping[str, str] = {}
    exhausted: bool = False
    collected: int = 0
    partial: bool = False
    late: tuple[JsonDict, ...] = ()
    between: tuple[str, ...] = ()

    def merged(self, other: Totals) -> Totals:
        """Return this with what another process has to say; the remainders are taken by then."""
        return Totals(
            tests=self.tests + other.tests,
            handovers=self.handovers + other.handovers,
            observed=self.observed + other.observed,
            used=self.used | other.used,
            allowances=self.allowances + other.allowances,
            disabled={**self.disabled, **other.disabled},
            mishaps={**self.mishaps, **other.mishaps},
            exhausted=self.exhausted or other.exhausted,
            # Each of pytest-xdist's workers collects all of them.
            collected=max(self.collected, other.collected),
            partial=self.partial or other.partial,
        )

    def to_plain(self) -> JsonDict:
        """Return this as what pytest-xdist can send."""
        allowances = [allowance._asdict() for allowance in self.allowances]
        return self._asdict() | {"used": sorted(self.used), "allowances": allowances}

    @classmethod
    def from_plain(cls, data: JsonDict) -> Totals:
        """Return what :meth:`to_plain` made plain."""
        from pytest_flaskctx.rules.allowances import Allowance

        allowances = tuple(Allowance(**each) for each in data["allowances"])
        return cls(**data | {"used": frozenset(data["used"]), "allowances": allowances})
