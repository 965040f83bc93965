"""What a rule is: a code, a name, the mode in which it fails, and its words."""

from importlib.resources import files
from typing import Literal, NamedTuple

Mode = Literal["off", "warn", "strict", "fail"]
"""The level of a rule: never, only reported, failing in strict mode, failing always."""


class Rule(NamedTuple):
    """A named and coded check.

    Attributes:
        code: such as ``FCX101``; never given to another rule.
        name: such as ``unbound-access``; what is wrong, in two or three words.
        level: where it fails unless the suite says otherwise.
        summary: one sentence for lists.
        why: one sentence for the reader of a finding: what is bad about it.
    """

    code: str
    name: str
    level: Mode
    summary: str
    why: str

    @property
    def page(self) -> str:
        """The rule's page, in Markdown; it is part of the installed package."""
        page = files("pytest_flaskctx.rules") / "pages" / f"{self.code}.md"
        return page.read_text(encoding="utf-8")
