"""Text of the suite's that is meant to do harm: it comes out as text, whatever it is."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

from builders import APP, finding
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import Element, read
from stories import SUMMARY, TOOL, after_request, bleed, never, readme
from strategies import findings as any_findings
from timelines import FINDINGS, timelines

from pytest_flaskctx.findings import Finding
from pytest_flaskctx.reports.html import document
from pytest_flaskctx.reports.html.source import Sources
from pytest_flaskctx.reports.terminalsafe import escape
from pytest_flaskctx.timeline import Timeline

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style></script></title></textarea><!--",
    "javascript:alert(1)",
    "]]>&lt;&#x3c;&amp;",
    "{{ 7*7 }}{% raw %}${7*7}",
    "\x1b[31mred\x1b[0m",
    "\x1b]8;;http://example.org\x07link\x1b]8;;\x07",
    "a\nb\r\nc\u2028d\x00e\x85f",
    "\u202egnp.exe\u2066\u200b",
    "\ud800 undecodable \udcff",
    "# **bold** [x](javascript:alert(1)) `code`",
    "x" * 100_000,
    "",
)
texts = st.sampled_from(HOSTILE) | st.text(max_size=30)

TAGS = {
    "a", "b", "body", "button", "circle", "code", "del", "details", "div", "figcaption", "figure",
    "footer", "form", "g", "h1", "h2", "h3", "h4", "h5", "head", "header", "html", "i", "input", "ins",
    "kbd", "label", "li", "main", "mark", "meta", "option", "p", "path", "pre", "rect", "script",
    "section", "select", "span", "strong", "style", "summary", "svg", "table", "tbody", "td", "text",
    "th", "thead", "title", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "aria-hidden", "aria-label", "aria-labelledby", "autocomplete", "charset", "class", "colspan",
    "content", "cx", "cy", "d", "data-file", "data-packed", "data-rule", "data-status", "data-test",
    "fill", "fill-opacity", "font-family", "font-size", "for", "height", "hidden", "href", "http-equiv", "id", "lang",
    "name", "open", "paint-order", "r", "role", "scope", "spellcheck", "stroke", "stroke-dasharray",
    "stroke-width", "tabindex", "text-anchor", "type", "value", "viewbox", "width", "x", "xmlns", "y",
}  # fmt: skip
_KEPT = {"level", "status", "kind", "role", "test"}
"""What is no text of the suite's, or is looked up by."""


def poisoned(value: Any, text: str) -> Any:
    """Return a record with all of its text, at any depth, replaced."""
    if isinstance(value, str):
        return text
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        changed = {
            name: part if name in _KEPT else poisoned(part, text)
            for name, part in zip(value._fields, value, strict=True)
        }
        return type(value)(**changed)
    if isinstance(value, tuple):
        return tuple(poisoned(part, text) for part in value)
    return value


def hostile_finding(of: Finding, text: str) -> Finding:
    names = ("rule", "tests", "proxy", "site", "thread", "stack", "handover", "request", "context")
    others = ("message", "hint", "reason", "bleed", "started")
    return replace(of, **{name: poisoned(getattr(of, name), text) for name in (*names, *others)})


def hostile_timeline(story: Timeline, text: str, of: Finding) -> Timeline:
    marks = tuple(mark._replace(fingerprint=of.fingerprint, code=of.code) for mark in story.marks)
    return poisoned(story, text)._replace(test=text, marks=marks)


def checked(findings: list[Finding], lines: list[Timeline], root: Path, **more: Any) -> Element:
    """Return the page, if nothing is in it that we did not put there."""
    written = document(findings, timelines=lines, tool=TOOL, summary=SUMMARY, root=root, **more)
    written.encode("utf-8")
    unsafe = {each for each in set(written) if unicodedata.category(each) in {"Cc", "Cf", "Cs"}}
    assert unsafe <= {"\n", "\t"}
    page = read(written)
    for element in page.all():
        assert element.tag in TAGS
        assert set(element.attributes) <= ATTRIBUTES, element
        assert element.attributes.get("href", "#").startswith("#")
    scripts = [each for each in page.all("script") if each.attributes != _PACKED]
    assert len(scripts) == len(list(page.all("style"))) == 1
    return page


_PACKED = {"type": "application/json", "id": "packed"}


@settings(max_examples=40)
@given(texts)
def test_every_text_of_a_run(text: str) -> None:
    """Paths, endpoints, threads, tests, files, functions and expressions may be anything."""
    story = finding()
    made = [hostile_finding(of, text) for of in (story, after_request(), bleed())]
    lines = [hostile_timeline(each, text, made[0]) for each in (readme(story), never(story))]
    page = checked(
        made, lines, Path("/nowhere"), notes=[text], patch_of=lambda _: f"+{text}\n{text}"
    )
    cut = escape(text) if len(text) <= 2000 else f"{escape(text[:2000])}…"
    assert cut in page.text


@settings(max_examples=40)
@given(st.lists(any_findings, max_size=3))
def test_any_finding(found: list[Finding]) -> None:
    """Whatever a finding may be, it has its place on the page."""
    page = checked(found, [], Path("/nowhere"))
    assert len([e for e in page.all("details") if "data-rule" in e.attributes]) <= len(found)


@settings(max_examples=40)
@given(timelines())
def test_any_timeline(timeline: Timeline) -> None:
    """Whatever happened in a test, it has its picture."""
    page = checked(list(FINDINGS), [timeline], Path("/nowhere"))
    assert list(page.all("a", class_="spot"))


@settings(max_examples=40)
@given(st.lists(texts, min_size=1, max_size=5))
def test_any_source(tmp_path_factory: Any, lines: list[str]) -> None:
    """A line of source is shown as it is, and what cannot be seen in it is spelt out."""
    root = tmp_path_factory.mktemp("hostile")
    body = "\n".join(line.replace("\ud800", "").replace("\udcff", "") for line in lines)
    (root / "app.py").write_text(f"{body}\n{APP}", encoding="utf-8")
    for line in range(1, 6):
        of = finding(site=finding().site._replace(line=line, column=2, end_column=9))
        checked([of], [], root)
    assert Sources(root).lines(finding().site)


def test_undecodable_source(tmp_path: Path) -> None:
    """A file that is no text has no source to show."""
    (tmp_path / "app.py").write_bytes(b"# coding: utf-8\n\xff\xfe\n" * 10)
    page = checked([finding()], [], tmp_path)
    assert next(page.all("mark")).text == "{incoming}"
