"""Whatever stands in a name or a line of the suite, no format lets it do anything."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from builders import ROOT, finding, frame, handover
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_flaskctx import baseline
from pytest_flaskctx.facts import ContextFact, RequestFact
from pytest_flaskctx.findings import Finding
from pytest_flaskctx.grouping import group
from pytest_flaskctx.reports import html, jsonfile, sarif, summary, text
from pytest_flaskctx.reports.longrepr import leak_longrepr
from pytest_flaskctx.rules.allowances import Allowance
from pytest_flaskctx.timeline import Handed, Lane, Mark, Ran, Served, Timeline

HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "</style><style>*{display:none}",
    "</script>",
    "<!--",
    "]]>",
    "&lt;b&gt;",
    "{{ 7*7 }}{% raw %}",
    "javascript:alert(1)",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "\x9b31m",
    "one\ntwo\r\nthree\rfour",
    "::error file=x::pwned",
    "##vso[task.complete result=Failed;]",
    "\u202egnp.exe\u202c",
    "\u2066\u2069\u200f\ufeff",
    "\u2028\u2029\x85\x0b\x0c",
    "\udc80\ud800",
    "\x00",
    "\x7f",
    "e\u0301\u0489" * 20,
    "long" * 2_000,
    "%s%n{0}{}",
    "../../etc/passwd",
    "C:\\con\\nul",
)
UNSAFE = {"Cc", "Cf", "Cs", "Zl", "Zp"}

words = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=6), min_size=1, max_size=2).map(
    "".join
)


@st.composite
def found(draw: st.DrawFn) -> Finding:
    """Make a finding that has something hostile in one place, or in several."""
    word = dict.fromkeys(WORDS, "plain")
    for name in draw(st.sets(st.sampled_from(WORDS), min_size=1, max_size=3)):
        word[name] = draw(words)
    request = RequestFact(word["method"], word["rule"], word["endpoint"])
    handed = handover(thread=word["thread"], request=request)
    assert handed.site is not None
    where = finding().site._replace(
        file=word["file"], function=word["function"], expression=word["expression"]
    )
    stack = (frame(1, word["function"], word["file"]), *finding().stack)
    return finding(
        tests=(word["test"],),
        thread=word["thread"],
        site=where,
        stack=stack,
        proxy=word["proxy"],
        message=f"`{word['proxy']}` used in {word['thread']}",
        hint=f"Read it:\n    {word['expression']}",
        handover=handed._replace(site=handed.site._replace(expression=word["expression"])),
        request=request,
        context=ContextFact(request, word["thread"], False, True, False, False),
        reason=word["reason"],
        status=draw(st.sampled_from(["new", "allowed", "known"])),
        patch=f"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-{word['expression']}\n+x\n",
    )


WORDS = (
    "method",
    "rule",
    "endpoint",
    "thread",
    "file",
    "function",
    "expression",
    "test",
    "proxy",
    "reason",
)

quick = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def unsafe(text: str) -> set[str]:
    """Return the characters that do something, but for ends of lines."""
    return {each for each in set(text) - {"\n"} if unicodedata.category(each) in UNSAFE}


def timeline(of: Finding) -> Timeline:
    """Return a picture that has all words of a finding in it."""
    request = of.request
    assert request is not None
    return Timeline(
        test=of.tests[0],
        length=1.0,
        lanes=(Lane(1, "main"), Lane(1, of.thread)),
        requests=(Served(1, 0, 0.0, 0.1, request.method, request.rule, request.endpoint),),
        tasks=(Handed(1, "submit", of.function, 0, 0.05, 1, None),),
        calls=(Ran(1, 1, 0.06, 0.3),),
        marks=(Mark(1, 0.2, 1, of.fingerprint, of.code),),
    )


@quick
@given(st.lists(found(), min_size=1, max_size=3))
def test_the_terminal_is_not_moved(findings: list[Finding]) -> None:
    """No escape reaches it, nothing is reordered, and no line is begun by a name."""
    allowance = Allowance("FCX101", findings[0].reason, findings[0].tests[0], "*", "f")
    lines = [
        *summary.short(group(findings), notes=[findings[0].thread]),
        *summary.full(group(findings), [allowance], [findings[0].thread], root=ROOT, verbose=2),
        *(line for each in findings for line in text.render(each, root=ROOT, verbose=1)),
    ]
    for line in lines:
        assert not unsafe(line)
        assert "\n" not in line
        assert not line.startswith(("::error", "##vso"))


@quick
@given(found())
def test_a_failure_is_harmless(each: Finding) -> None:
    """Nor does pytest's own way of printing it do anything."""
    failure = replace(each, status="new")
    told = leak_longrepr([failure], root=ROOT, verbose=1)
    assert not unsafe(str(told))
    crash = told.reprcrash
    assert crash is not None
    assert not unsafe(crash.message)


@quick
@given(st.lists(found(), min_size=1, max_size=3))
def test_json_and_sarif_are_ascii(findings: list[Finding]) -> None:
    """Every reader gets just what was, and no terminal that shows the file is moved."""
    tool = {"name": "x", "version": "1"}
    document = jsonfile.document(findings, tool=tool, summary={}, root=ROOT)
    for content in (document, sarif.document(findings, tool=tool, root=ROOT)):
        written = jsonfile.text(content)
        assert written.isascii()
        assert not unsafe(written)
        assert jsonfile.text(json.loads(written)) == written


@quick
@given(st.lists(found(), min_size=1, max_size=3))
def test_a_baseline_has_a_line_a_site(findings: list[Finding]) -> None:
    """And is read as it was written."""
    lines = {baseline.site(each) for each in findings}
    written = baseline.write(baseline.Baseline(dict.fromkeys(lines, ())))
    assert not unsafe(written)
    assert set(baseline.read(written).sites) == lines


class Page(HTMLParser):
    """Notes which elements and attributes there are, and all text that is shown."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.shown: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        """Note a text."""
        if self.tags[-1:] not in (["script"], ["style"]):
            self.shown.append(data)

    @property
    def programs(self) -> int:
        """How many scripts and styles there are."""
        return sum(tag in ("script", "style") for tag in self.tags)


def page_of(findings: list[Finding], notes: list[str]) -> Page:
    """Return the page of ``findings``."""
    tool = {"name": "x", "version": "1", "python": "3", "flask": "3", "disabled_probes": []}
    numbers = dict.fromkeys(("findings", "accesses", "handovers", "tests", "observed_accesses"), 1)
    written = html.document(
        findings,
        timelines=[timeline(each) for each in findings],
        tool=tool,
        summary=numbers,
        notes=notes,
        root=ROOT,
        patch_of=lambda each: each.patch,
    )
    assert len(written) < 2_000_000
    written.encode("utf-8")
    return Page(written)


@quick
@given(st.lists(found(), min_size=1, max_size=2))
def test_a_page_runs_nothing_and_asks_nobody(findings: list[Finding]) -> None:
    """No name becomes an element, an attribute, a script or an address."""
    page = page_of(findings, [findings[0].thread, findings[0].tests[0]])
    plain = page_of([finding()], [])
    assert page.programs == plain.programs
    assert page.tags.count("form") <= 1
    assert {"img", "iframe", "object", "embed", "base", "link"}.isdisjoint(page.tags)
    names = {name for name, _ in page.attributes}
    assert not {name for name in names if name.startswith("on")} | (names & {"style", "src"})
    for name, value in page.attributes:
        assert not unsafe(value)
        assert name not in ("href", "xlink:href") or value.startswith("#")
    assert not unsafe("".join(page.shown))


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_source_that_cannot_be_decoded_is_left_out(tmp_path: Path, encoding: str) -> None:
    """Bytes that are no text are not shown, and stop no report."""
    (tmp_path / "app.py").write_bytes("ü = request.path  # \x1b[31m\n".encode(encoding))
    where = finding().site._replace(line=1, column=4, end_column=16)
    each = finding(site=where, stack=(frame(1, "f", str(tmp_path / "app.py")),))
    for line in text.render(each, root=tmp_path):
        assert not unsafe(line)
    tool = {"name": "x", "version": "1", "python": "3", "flask": "3", "disabled_probes": []}
    numbers = dict.fromkeys(("findings", "accesses", "handovers", "tests", "observed_accesses"), 1)
    page = Page(html.document([each], tool=tool, summary=numbers, root=tmp_path))
    assert not unsafe("".join(page.shown))
