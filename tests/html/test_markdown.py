"""The rules' pages as blocks."""

from __future__ import annotations

import pytest

from pytest_flaskctx.reports.html.markdown import Part, parts
from pytest_flaskctx.reports.html.texts import spans
from pytest_flaskctx.rules import RULES, Rule

PAGE = """\
# Title
A paragraph
of two lines.

## Part
- one
  and more
- two `x`
```python
# no heading

- no list
```

| a | b |
| --- | --- |
| 1 | 2 |

| no table

    indented

        code

```
never ended"""


def test_a_page() -> None:
    """Headings, paragraphs, lists, tables and code; what is none of these is a paragraph."""
    assert list(parts(PAGE)) == [
        Part("heading", ("Title",), level=1),
        Part("paragraph", ("A paragraph of two lines.",)),
        Part("heading", ("Part",), level=2),
        Part("list", ("one and more", "two `x`")),
        Part("code", ("# no heading", "", "- no list"), language="python"),
        Part("table", rows=(("a", "b"), ("1", "2"))),
        Part("paragraph", ("| no table",)),
        Part("code", ("indented", "", "    code")),
        Part("code", ("never ended",)),
    ]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_rules_pages_are_understood(rule: Rule) -> None:
    """Nothing of Markdown is left in the prose of a page of ours but backticks."""
    first, *others = parts(rule.page)
    assert first == Part("heading", (f"{rule.code}: {rule.name}",), level=1)
    for part in others:
        if part.kind != "code":
            assert not any(line.startswith(("#", "- ", "* ", "|", "```")) for line in part.lines)
            prose = " ".join(
                span.text
                for line in part.lines
                for span in spans(line, strong=True)
                if span.kind != "code"
            )
            assert "](" not in prose
            assert "**" not in prose
