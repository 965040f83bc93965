"""What a rule is: a code, a name, the mode in which it fails, and its words."""

from importlib.resources import files
from typing import Literal, NamedTuple

Mode = Literal["off", "warn", "strict", "fail"]
"""What a suite may set: never, only reported, failing in strict mode, failing always."""

RuleLevel = Literal["off", "note", "warn", "strict", "fail"]
"""The level of a rule; ``note`` is told once a run, whatever the mode, and fails nothing."""


class Rule(NamedTuple):
    """A named and coded check.

    Attributes:
        code: such as ``FCX101``; never given to another rule.
        name: such as ``unbound-access``; what is wrong, in two or three words.
        level: where it fails unless the suite says otherwise.
        summary: one sentence for lists.
        why: one sentence for the reader of a finding: what is bad about it.
        place: what happened at the place of a finding, as its heading.
    """

    code: str
    name: str
    level: RuleLevel
    summary: str
    why: str
    place: str = "used here:"

    @property
    def page(self) -> str:
        """The rule's page, in Markdown; it is part of the installed package."""
        page = files("pytest_flaskctx.rules") / "pages" / f"{self.code}.md"
        return page.read_text(encoding="utf-8")


class Verdict(NamedTuple):
    """What an incident comes to.

    Attributes:
        rule: the rule that it breaks.
        message: what is wrong, in one sentence without a full stop.
        hint: what to write instead: sentences, with the code to paste indented under them.
        level: where it fails in this case; ``None`` for where its rule does.
        library: whether it is a library's affair.
        expression: what the finding is about, where its place does not spell it.
    """

    rule: Rule
    message: str
    hint: str
    level: RuleLevel | None = None
    library: bool = False
    expression: str = ""
