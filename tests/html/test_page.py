"""The page as somebody reads it who has no script: structure, words and links."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import sys
import zlib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from builders import finding, site
from pages import Element, read
from stories import (
    PATCH,
    SUMMARY,
    TOOL,
    after_request,
    bleed,
    crowd,
    load,
    project,
    readme,
    several,
)

from pytest_flaskctx.findings import Finding
from pytest_flaskctx.reports.html import document
from pytest_flaskctx.reports.html.rendering import DRAWN


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("builders.ROOT", tmp_path)
    return project(tmp_path)


def text(root: Path, *findings: Finding, **more: Any) -> str:
    return document(findings, **({"tool": TOOL, "summary": SUMMARY, "root": root} | more))


def page(root: Path, *findings: Finding, **more: Any) -> Element:
    return read(text(root, *findings, **more))


def words(element: Element) -> str:
    return " ".join(element.text.split())


def test_the_readmes_story(root: Path) -> None:
    """What a reader is told, from the top to the bottom."""
    of = finding()
    whole = page(root, of, timelines=[readme(of)], patch_of=lambda _: PATCH)
    assert whole.one("head").one("title").text == "1 finding - pytest-flaskctx"
    assert words(whole.one("header")) == (
        "Flask context leaks ✖ 1 error 3 tests, 1 hand-over and 12 uses of a proxy observed"
    )
    assert words(whole.one("figcaption")) == (
        "Task process_task (ThreadPoolExecutor-0_0) read request 2,999 ms after POST /task had "
        "ended, in a thread that has no context. FCX101 at app.py:15"
    )
    card = whole.one("details", class_="finding error")
    assert "open" in card.attributes
    assert words(card.one("h4")) == "✖ error FCX101 unbound-access app.py:15 {incoming}"
    assert [heading.text for heading in card.all("h5")] == [
        "Used here",
        "Handed over here, by submit(), while serving POST /task (endpoint 'queue_task')",
        "Also known",
        "Why is this bad?",
        "Fix",
        "Patch",
    ]
    used, handed = card.all("pre", class_="source")
    assert used.text == (
        "   12 def process_task():\n"
        "   13     incoming = request\n"
        "   14     time.sleep(3)\n"
        '>  15     return f"Processed {incoming}"\n'
    )
    assert used.one("mark").text == "{incoming}"
    assert handed.one("mark").text == "pool.submit(process_task)"
    fix, patch = card.all("pre", class_="copied"), card.one("pre", class_="copied patch")
    assert [each.text for each in fix] == [
        "incoming_data = request.json\npool.submit(process_task, incoming_data)"
    ]
    assert patch.text == PATCH
    assert patch.one("ins").text == "+    pool.submit(process_task, request.json)"
    assert words(whole.one("footer")) == "pytest-flaskctx 0.1.0 on Python 3.13.0 and Flask 3.1.3"


def test_marks_lead_to_findings(root: Path) -> None:
    """Every link of the page leads to something that is there, and no id is there twice."""
    findings, timelines = several()
    whole = page(root, *findings, timelines=timelines)
    ids = [element.attributes["id"] for element in whole.all() if "id" in element.attributes]
    assert len(ids) == len(set(ids))
    links = [link.attributes["href"] for link in whole.all("a")]
    assert links
    assert {link.removeprefix("#") for link in links} <= set(ids)
    spots = list(whole.all("a", class_="spot"))
    assert spots
    assert all(spot.attributes["aria-label"].startswith("FCX") for spot in spots)


def test_what_is_named_by_attributes_is_there(root: Path) -> None:
    """Labels, and what they are for."""
    findings, timelines = several()
    whole = page(root, *findings, timelines=timelines)
    ids = {element.attributes.get("id", "") for element in whole.all()}
    for attribute in ("aria-labelledby", "for"):
        named = {e.attributes[attribute] for e in whole.all() if attribute in e.attributes}
        assert named <= ids


def test_headings_are_in_order(root: Path) -> None:
    """None is more than one level below the one before, and there is one of the first level."""
    findings, timelines = several()
    whole = page(root, *findings, timelines=timelines)
    levels = [int(e.tag[1]) for e in whole.all() if re.fullmatch("h[1-6]", e.tag)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_sections(root: Path) -> None:
    """What does not fail stands apart, each under its own heading."""
    findings, _ = several()
    whole = page(root, *findings)
    found = {
        section.attributes["data-status"]: len(list(section.all("summary"))) > 0
        for section in whole.all("section", class_="findings")
    }
    assert list(found) == ["new", "note", "known", "allowed", "expected", "library"]
    assert words(whole.one("p", class_="verdict")) == (
        "✖ 3 errors ▲ 1 warning ● 1 note 1 known 1 allowed 1 expected 1 of libraries"
    )


def test_filters_and_buttons_are_hidden_without_a_script(root: Path) -> None:
    """They would do nothing: the script shows them."""
    findings, timelines = several()
    whole = page(root, *findings, timelines=timelines)
    controls = [e for e in whole.all() if "control" in e.attributes.get("class", "").split()]
    assert len(controls) == 4
    assert all("hidden" in control.attributes for control in controls)
    for tag in ("select", "input", "button"):
        inside = [e for control in controls for e in control.all(tag)]
        assert list(whole.all(tag)) == inside


def test_nothing_found(root: Path) -> None:
    """A clean run says so, and how much it saw."""
    whole = page(root)
    assert "No context leaks" in words(whole.one("header"))
    assert "Nothing leaked." in words(whole.one("main"))
    assert not list(whole.all("form"))
    assert not list(whole.all("svg"))


def test_notes_and_probes(root: Path) -> None:
    """What is to be said of the run itself stands at the top."""
    tool = TOOL | {"disabled_probes": ["threads"]}
    whole = page(root, finding(), tool=tool, notes=["gw0 crashed"])
    assert [words(note) for note in whole.one("header").all("p", class_="note")] == [
        "gw0 crashed",
        "The probe threads switched itself off: what it sees may be missing.",
    ]


def test_a_bleed(root: Path) -> None:
    """Its steps are a table, a column a visitor."""
    whole = page(root, bleed())
    table = whole.one("table", class_="schedule")
    assert [words(cell) for cell in table.all("th", scope="col")] == [
        "line",
        "visitor A",
        "visitor B",
    ]
    assert [[words(cell) for cell in row.all("td")] for row in table.one("tbody").all("tr")][1] == [
        'current_user = request.headers["X-User"] writes',
        "",
    ]
    assert not list(whole.all("ul", class_="legend"))
    replay = next(whole.one("details", class_="finding error").all("pre", class_="copied"))
    assert replay.text.startswith("pytest ")


def test_a_long_bleed(root: Path) -> None:
    """What is left out is counted."""
    of = bleed()
    assert of.bleed is not None
    many = of.bleed._replace(steps=of.bleed.steps + of.bleed.steps[:1] * 100)
    whole = page(root, finding(code="FCX401", bleed=many))
    assert words(whole.one("tr", class_="left-out")) == "96 more lines"


def test_rules_are_explained_once(root: Path) -> None:
    """Those that were broken; of a rule that is not known here there is the code."""
    findings = [finding(), finding(site=site(line=14)), finding(code="FCX202"), finding(code="X1")]
    whole = page(root, *findings)
    pages = list(whole.all("details", class_="rule-page"))
    assert [words(each.one("summary")) for each in pages] == [
        "FCX101: unbound-access",
        "FCX202: foreign-context",
        "X1",
    ]
    assert "A forked process." in [each.text for each in pages[1].all("strong")]
    assert "import " in [each.text for each in pages[0].all("i", class_="k")]


def test_tables_of_a_page(root: Path) -> None:
    """The pages may have tables; these have heads."""
    from pytest_flaskctx.reports.html.markdown import parts
    from pytest_flaskctx.reports.html.page import RulePage
    from pytest_flaskctx.reports.html.rendering import Pages

    template: Any = Pages()._environment.get_template("parts.html.jinja").module
    shown = RulePage(
        "X1", tuple(parts("# X\n\n| a | `b` |\n| - | - |\n| 1 | 2 |\n\n```\nx\n\ny\n```")), {}
    )
    table = read(str(template.rule(shown)))
    assert [cell.text for cell in table.all("th", scope="col")] == ["a", "b"]
    assert [cell.text for cell in table.all("td")] == ["1", "2"]
    assert table.one("pre").text == "x\n\ny"


def test_many_tests_of_one_finding(root: Path) -> None:
    """They are listed, up to a number."""
    tests = tuple(f"test_{n:04}" for n in range(400))
    listed = page(root, finding(tests=tests, count=400)).one("details", class_="tests")
    entries = [entry.text for entry in listed.all("li")]
    assert (len(entries), entries[0], entries[-1]) == (301, "test_0000", "and 100 more")
    some = page(root, finding(tests=("", *tests[:20]))).one("details", class_="tests")
    assert next(some.all("li")).text == "between tests"


def test_many_findings_of_one_test(root: Path) -> None:
    """Some sentences stand under the picture, the others are folded, and none is lost."""
    findings, timelines = load(230, 100, 1, root)
    whole = page(root, *findings, timelines=timelines)
    caption = whole.one("figcaption")
    links = [link.attributes["href"] for link in caption.all("a")]
    assert sorted(links) == sorted(f"#finding-{n}" for n in range(1, 231))
    assert words(caption.one("summary")) == "226 more findings in this test"
    marks = {link.attributes["href"] for link in whole.all("a", class_="spot")}
    assert marks == set(links)


def test_what_was_not_kept(root: Path) -> None:
    """It is said under the picture."""
    of = finding()
    whole = page(root, of, timelines=[readme(of, left_out=1234)])
    assert "1,234 more events of this test not kept." in words(whole.one("figcaption"))


def test_many_tests_are_drawn_when_they_are_asked_for(root: Path) -> None:
    """The first ones are there, the others are packed; what each says is there for all."""
    findings, timelines = load(DRAWN + 5, 50, DRAWN + 5, root)
    whole = page(root, *findings, timelines=timelines)
    drawn = list(whole.all("details", class_="scene"))
    assert [bool(list(scene.all("svg"))) for scene in drawn] == [True] * DRAWN + [False] * 5
    assert all(list(scene.one("figcaption").all("a")) for scene in drawn)
    packed = json.loads(zlib.decompress(base64.b64decode(whole.one("script", id="packed").text)))
    assert [scene.attributes.get("data-packed") for scene in drawn[DRAWN:]] == list("01234")
    assert [next(read(each).all("a")).attributes["href"] for each in packed] == [
        f"#finding-{n}" for n in range(DRAWN + 1, DRAWN + 6)
    ]


def test_schedules_are_never_packed(root: Path) -> None:
    """They are tables, and small."""
    findings = [replace(bleed(), site=site(line=n)) for n in range(DRAWN + 1)]
    whole = page(root, *findings)
    assert len(list(whole.all("table", class_="schedule"))) == DRAWN + 1
    assert not [scene for scene in whole.all("details") if "data-packed" in scene.attributes]


def test_the_policy_lets_in_what_is_on_the_page_only(root: Path) -> None:
    """One style, one script, each by its hash; nothing is fetched from anywhere."""
    findings, timelines = several()
    whole = page(root, *findings, timelines=timelines)
    policy = whole.one("meta", http_equiv="Content-Security-Policy").attributes["content"]
    style, script = whole.one("style").text, list(whole.all("script"))[-1].text
    hashes = [
        f"'sha256-{base64.b64encode(hashlib.sha256(each.encode()).digest()).decode()}'"
        for each in (style, script)
    ]
    assert policy == (
        f"default-src 'none'; style-src {hashes[0]}; script-src {hashes[1]}; "
        "base-uri 'none'; form-action 'none'"
    )
    for element in whole.all():
        assert not {"style", "src", "srcset", "action"} & set(element.attributes)
        assert not [name for name in element.attributes if name.startswith("on")]
        assert element.attributes.get("href", "#").startswith("#")
    assert "@import" not in style
    assert "url(" not in style


def test_the_drawing_needs_no_style_sheet(root: Path) -> None:
    """Each shape has its colour in an attribute, of its own or of what it stands in."""
    of = finding()
    svg = page(root, of, timelines=[readme(of)]).one("svg", role="group")
    assert svg.attributes["fill"]
    assert svg.one("path", class_="diamond").attributes["fill"] == "#b3152a"
    assert all(
        bar.attributes["fill"] and bar.attributes["stroke"]
        for bar in svg.all("rect", class_="solid")
    )


def test_ten_thousand_tasks_are_small(root: Path) -> None:
    """A picture grows with what it shows, not with what happened."""
    of = finding()
    assert len(text(root, of, timelines=[crowd(10_000, of)])) < 60_000


def test_a_thousand_findings_are_not_large(root: Path) -> None:
    """In a thousand tests of ten tasks each: less than five megabytes."""
    findings, timelines = load(1000, 10_000, 1000, root)
    written = text(root, *findings, timelines=timelines)
    assert len(written.encode()) < 5_000_000
    assert written.count('<details class="finding ') == 1000


def test_other_findings_have_no_picture(root: Path) -> None:
    """A finding of no timeline has no link to one."""
    whole = page(root, finding(), after_request(), timelines=[readme(finding())])
    assert [
        bool(list(card.all("p", class_="to-scene")))
        for card in whole.all("details", class_="finding error")
    ] == [True, False]


def test_templates_and_colours_are_imported_for_a_page_only() -> None:
    """A run without a report does not pay for them."""
    program = (
        "import sys, pytest_flaskctx.reports.html\n"
        "print([name for name in ('jinja2', 'markupsafe', 'pygments') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
