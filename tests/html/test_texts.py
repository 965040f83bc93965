"""Text of the suite's on its way into a page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_flaskctx.reports.html.texts import (
    LONGEST,
    Block,
    Span,
    blocks,
    harmless,
    harmless_source,
    shortened,
    spans,
)
from pytest_flaskctx.reports.terminalsafe import width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("ünï", "ünï"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\nb", r"a\nb"),
        ("\u202e", r"\u202e"),
        ("\ud800", r"\ud800"),
    ],
)
def test_what_cannot_be_seen_is_spelt_out(text: str, shown: str) -> None:
    """Controls, bidi marks and lone surrogates stand there as Python writes them."""
    assert harmless(text) == shown


def test_endless_text_is_cut() -> None:
    """A hundred kilobytes of one expression help nobody."""
    assert harmless("x" * 100_000) == "x" * LONGEST + "…"


def test_tabs_of_source_stay() -> None:
    """A browser shows a tab as what it is."""
    assert harmless_source("\tx\x1b") == "\tx\\x1b"


def test_spans() -> None:
    """What stands between backticks is code; a lone backtick is one, and asterisks are Python's."""
    assert list(spans("`f` takes **a, **b, not ` x")) == [
        Span("f", "code"),
        Span(" takes **a, **b, not ` x"),
    ]


def test_spans_of_a_page() -> None:
    """There, asterisks are Markdown's."""
    assert list(spans("**One** `**two**`", strong=True)) == [
        Span("One", "strong"),
        Span(" "),
        Span("**two**", "code"),
    ]


def test_blocks() -> None:
    """What is indented is one block of code with its empty lines; every other line is a paragraph."""
    lines = ["Do:", "", "    if x:", "", "        y", "", "or not", "at all"]
    assert list(blocks(lines)) == [
        Block(False, ("Do:",)),
        Block(True, ("if x:", "", "    y")),
        Block(False, ("or not",)),
        Block(False, ("at all",)),
    ]
    assert next(blocks(["  a", "  b"])).text == "a\nb"


@given(st.text(), st.integers(5, 40))
def test_a_shortened_text_fits(text: str, columns: int) -> None:
    """Whatever it is, it takes no more room than there is."""
    assert width(shortened(text, columns)) <= columns


def test_the_end_of_a_name_stays() -> None:
    """Names of threads differ in their numbers."""
    assert shortened("ThreadPoolExecutor-0_17", 15) == "ThreadPoo…-0_17"
    assert shortened("short", 15) == "short"
