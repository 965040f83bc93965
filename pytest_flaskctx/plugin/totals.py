"""What one process has to say when all of its tests are over."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from pytest_flaskctx.findings import JsonDict
from pytest_flaskctx.rules.allowances import Allowance


@dataclass
class Totals:
    """Numbers and remainders of one process, or of all together.

    Attributes:
        handovers, observed: how many hand-overs, and accesses that had to be looked at.
        used: keys of the allowances that met a finding.
        allowances: what the markers of the tests that ran expect.
        disabled: probes that switched themselves off, with the reason.
        mishaps: steps of the plugin that failed, with the reason.
        exhausted: whether the time for waiting was spent.
        late: findings of tests that were over, as they travel.
        between: findings of no test, as they travel.
    """

    handovers: int = 0
    observed: int = 0
    used: set[str] = field(default_factory=set)
    allowances: list[Allowance] = field(default_factory=list)
    disabled: dict[str, str] = field(default_factory=dict)
    mishaps: dict[str, str] = field(default_factory=dict)
    exhausted: bool = False
    late: list[JsonDict] = field(default_factory=list)
    between: list[JsonDict] = field(default_factory=list)

    def merge(self, other: Totals) -> None:
        """Add what another process has to say."""
        self.handovers += other.handovers
        self.observed += other.observed
        self.used |= other.used
        self.allowances += other.allowances
        self.disabled |= other.disabled
        self.mishaps |= other.mishaps
        self.exhausted |= other.exhausted
        self.between += other.between

    def to_plain(self) -> JsonDict:
        """Return this as what pytest-xdist can send."""
        return asdict(self) | {"used": sorted(self.used)}

    @classmethod
    def from_plain(cls, data: JsonDict) -> Totals:
        """Return what :meth:`to_plain` made plain."""
        allowances = [Allowance(**each) for each in data["allowances"]]
        return cls(**data | {"used": set(data["used"]), "allowances": allowances})
