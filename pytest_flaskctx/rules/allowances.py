"""Which findings are expected: for one rule, at one place or in one test, for a stated reason."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fnmatch import fnmatchcase
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pytest_flaskctx.findings import Finding


class Allowance(NamedTuple):
    """One expectation that a finding may meet; it is met by any number of findings.

    Attributes:
        rule_code: the rule, as ``FCX101``.
        reason: why it is expected, as its author says.
        where: who says so, as ``ini option flaskctx_allow`` or ``marker flask_ctx_allow in ...``.
        path_glob: which files, relative to the root directory. ``*`` crosses folders, ``**/`` may
            stand for none, and a pattern without a slash is a file's name in any folder.
        function: pattern of the function's qualified name or its last part; empty for any.
        test: id of the only test that it holds for; empty for all.
    """

    rule_code: str
    reason: str
    where: str
    path_glob: str = "*"
    function: str = ""
    test: str = ""

    @property
    def key(self) -> str:
        """Names what its author wrote: a marker on a class has one key in all of its tests."""
        return f"{self.where}: {self.rule_code} : {self.place} : {self.reason}"

    @property
    def place(self) -> str:
        """The files and the function, as they are written in the ini file."""
        return f"{self.path_glob}::{self.function}" if self.function else self.path_glob

    def match(self, finding: Finding) -> bool:
        """Return whether the finding is the expected one.

        A finding that several tests share is not expected because one of them says so.
        """
        return (
            finding.code == self.rule_code
            and (not self.test or finding.tests == (self.test,))
            and _file_matches(finding.file, self.path_glob)
            and _function_matches(finding.function, self.function)
        )


def unused(allowances: Iterable[Allowance], used: Collection[str]) -> list[Allowance]:
    """Return those that met no finding, each as often as it was written.

    Args:
        allowances: all that were in force.
        used: the keys of those that met a finding.
    """
    by_key = {allowance.key: allowance for allowance in allowances}
    return [allowance for key, allowance in by_key.items() if key not in used]


def _file_matches(file: str, glob: str) -> bool:
    path = PurePath(file)
    subject = path.as_posix() if "/" in glob else path.name
    # fnmatch takes `**/` for "at least one folder".
    return fnmatchcase(subject, glob) or fnmatchcase(subject, glob.replace("**/", ""))


def _function_matches(function: str, pattern: str) -> bool:
    if not pattern:
        return True
    return fnmatchcase(function, pattern) or fnmatchcase(function.rpartition(".")[2], pattern)
