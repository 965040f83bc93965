"""One element more in a list that is written out, in the way in which it is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import libcst as cst

Item = TypeVar("Item", cst.Arg, cst.Param, cst.BaseElement, cst.BaseDictElement, cst.ImportAlias)
Space = cst.BaseParenthesizableWhitespace


def appended(items: Sequence[Item], new: Item, opening: Space) -> list[Item]:
    """Return ``items`` with ``new`` at the end, each on a line of its own where they are so.

    Args:
        items: the elements, with their commas and comments.
        new: one more.
        opening: what stands between the opening bracket and the first of them.
    """
    if not items:
        return [new]
    *others, last = items
    trailing = last.comma
    if not isinstance(trailing, cst.Comma):
        return [*others, _changed(last, comma=_comma(_plain())), _moved(last, new)]
    if isinstance(trailing.whitespace_after, cst.ParenthesizedWhitespace) and not isinstance(
        opening, cst.ParenthesizedWhitespace
    ):
        # The last one's comma ends its line, with a comment perhaps: the next line goes on.
        return [*others, last, new]
    if not isinstance(opening, cst.ParenthesizedWhitespace):
        # `(a,)`: the comma is what makes it a tuple.
        return [*others, _changed(last, comma=_comma(_plain())), new]
    between = _comma(_with_comment(opening, trailing.whitespace_after))
    after = trailing.with_changes(whitespace_after=without_comment(trailing.whitespace_after))
    return [*others, _changed(last, comma=between), _changed(new, comma=after)]


def inserted(items: Sequence[Item], index: int, new: Item, opening: Space) -> list[Item]:
    """Return ``items`` with ``new`` at ``index``, which is not the first."""
    if index >= len(items):
        return appended(items, new, opening)
    comma = items[index - 1].comma
    space = comma.whitespace_after if isinstance(comma, cst.Comma) else _plain()
    led = new.with_changes(comma=_comma(without_comment(space)))
    longer: list[Item] = list(items)
    longer.insert(index, led)
    return longer


def _changed(item: Item, **changes: Any) -> Item:
    """Change an element; what stood between it and the bracket is the next one's now."""
    if isinstance(item, cst.Arg) and "comma" in changes:
        changes["whitespace_after_arg"] = cst.SimpleWhitespace("")
    if isinstance(item, cst.Param) and "comma" in changes:
        changes["whitespace_after_param"] = cst.SimpleWhitespace("")
    return item.with_changes(**changes)


def _moved(last: Item, new: Item) -> Item:
    if isinstance(last, cst.Arg):
        return new.with_changes(whitespace_after_arg=last.whitespace_after_arg)
    if isinstance(last, cst.Param):
        return new.with_changes(whitespace_after_param=last.whitespace_after_param)
    return new


def _comma(space: Space) -> cst.Comma:
    return cst.Comma(whitespace_after=space)


def _plain() -> cst.SimpleWhitespace:
    return cst.SimpleWhitespace(" ")


def _with_comment(opening: cst.ParenthesizedWhitespace, trailing: Space) -> Space:
    """Return the way to a line of its own, behind the comment that stands there already."""
    first = cst.TrailingWhitespace()
    if isinstance(trailing, cst.ParenthesizedWhitespace):
        first = trailing.first_line
    return opening.with_changes(first_line=first, empty_lines=[])


def without_comment(space: Space) -> Space:
    """Return the same way to the next element, less the comment that stands in it."""
    if isinstance(space, cst.ParenthesizedWhitespace):
        return space.with_changes(
            first_line=cst.TrailingWhitespace(newline=space.first_line.newline)
        )
    return space
