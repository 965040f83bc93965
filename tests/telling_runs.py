"""What a run of a small suite in a process of its own told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Told:
    """What a run told.

    Attributes:
        outcomes: how many tests passed, failed and so on.
        findings: the entries of the JSON file.
        output: what pytest printed.
    """

    outcomes: dict[str, int]
    findings: list[dict[str, Any]]
    output: str

    @property
    def places(self) -> list[tuple[str, str, str, str]]:
        """Code, status, proxy and expression of each finding."""
        return [(f["code"], f["status"], f["proxy"], f["expression"]) for f in self.findings]


Watch = Callable[..., Told]
"""Runs the source of a test file, and takes further words for pytest."""
