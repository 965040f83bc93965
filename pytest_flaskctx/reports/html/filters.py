"""What the findings of a page may be narrowed to, and into what they are parted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pytest_flaskctx.findings import Finding

SECTIONS = {
    "new": "Leaks",
    "note": "Notes",
    "known": "Known, from the baseline",
    "allowed": "Allowed",
    "expected": "Expected by tests",
    "library": "Of libraries",
}
"""What the findings are parted into, in this order."""

BETWEEN = "between tests"
"""What stands for the id of a test where there is none."""


class Choice(NamedTuple):
    """What a filter may be set to.

    Attributes:
        value: what the findings bear.
        text: what is shown.
        findings: how many there are of it.
    """

    value: str
    text: str
    findings: int


class Filter(NamedTuple):
    """One filter of the page.

    Attributes:
        name: by which script and links know it.
        label: what is written before it.
        choices: what it may be set to.
    """

    name: str
    label: str
    choices: tuple[Choice, ...]


class Index:
    """Numbers tests and files, so that a finding need not repeat their names.

    Args:
        findings: those of the page.
    """

    def __init__(self, findings: Sequence[Finding]) -> None:
        self._findings = findings
        names = sorted({test for finding in findings for test in finding.tests})
        self.tests = {test: number for number, test in enumerate(names)}
        files = sorted({finding.file for finding in findings})
        self.files = {file: number for number, file in enumerate(files)}

    def filters(self) -> list[Filter]:
        """Return the filters for these findings."""
        found = self._findings
        rules = Counter((finding.code, finding.rule) for finding in found)
        files = Counter(finding.file for finding in found)
        tests = Counter(test for finding in found for test in finding.tests)
        sections = Counter(map(section, found))
        return [
            _filter("rule", "Rule", ((c, f"{c} {name}", n) for (c, name), n in sorted(rules.items()))),
            _filter("file", "Module", ((n, file, files[file]) for file, n in self.files.items())),
            _filter("test", "Test", ((n, t or BETWEEN, tests[t]) for t, n in self.tests.items())),
            _filter("status", "Status", ((s, h, sections[s]) for s, h in SECTIONS.items() if sections[s])),
        ]  # fmt: skip


def section(finding: Finding) -> str:
    """Return the name of the section in which a finding stands."""
    return "note" if finding.level == "note" and finding.status == "new" else finding.status


def _filter(name: str, label: str, choices: Iterable[tuple[object, str, int]]) -> Filter:
    made = (Choice(str(value), text, findings) for value, text, findings in choices)
    return Filter(name, label, tuple(made))
