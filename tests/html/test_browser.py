"""The page in a real browser: what a reader does with it, and what must never happen.

Where there is no Chromium, or no Playwright, these tests skip.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import ORIGIN, Visit, chromium
from builders import finding
from stories import PATCH, SUMMARY, TOOL, load, project, readme, several

from pytest_flaskctx.reports.html import document
from pytest_flaskctx.reports.html.rendering import DRAWN

sync_api = pytest.importorskip("playwright.sync_api")

JENKINS = "sandbox; default-src 'none'; img-src 'self'; style-src 'self';"
STRICT = "default-src 'none'"
SCHEMES = ("light", "dark")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        path = project(tmp_path_factory.mktemp("project"))
        patch.setattr("builders.ROOT", path)
        yield path


@pytest.fixture(scope="module")
def story(root: Path) -> str:
    """The run of the README."""
    of = finding()
    return written(root, [of], [readme(of)])


@pytest.fixture(scope="module")
def run(root: Path) -> str:
    """A run with a finding of each sort."""
    return written(root, *several())


def written(root: Path, findings: Any, timelines: Any) -> str:
    return document(
        findings,
        timelines=timelines,
        tool=TOOL,
        summary=SUMMARY,
        root=root,
        patch_of=lambda of: PATCH if of.code == "FCX101" else None,
    )


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.closest('details, a, input').outerHTML"))


def shown(page: Any) -> list[str]:
    """Return the rules of the findings that are to be seen."""
    return [
        card.get_attribute("data-rule")
        for card in page.locator(".finding").all()
        if card.is_visible()
    ]


def test_it_asks_for_nothing_and_complains_of_nothing(
    visit: Callable[..., Visit], run: str
) -> None:
    """One request, for itself; its own policy hinders nothing that it does."""
    opened = visit(run)
    page = opened.page
    page.locator(".finding summary").first.click()
    page.select_option("#scene", "scene-2")
    page.fill("#filter-text", "request")
    page.get_by_text(" of 9 findings").or_(page.get_by_text("All 9 findings")).wait_for()
    assert opened.requests == [f"{ORIGIN}/report.html"]
    assert opened.complaints == []


def test_the_policy_would_stop_what_is_not_ours(visit: Callable[..., Visit], run: str) -> None:
    """The canary: a picture, a script and a handler put into the page are all refused."""
    foreign = "<img src='/x.png' onerror='document.title = 1'><script>document.title = 2</script>"
    opened = visit(run.replace("<footer>", f"{foreign}<footer>"))
    assert opened.answers == [f"{ORIGIN}/report.html"]
    assert "pytest-flaskctx" in opened.page.title()
    assert len(opened.complaints) >= 2


@pytest.mark.parametrize("script", [True, False])
def test_a_mark_opens_its_finding(visit: Callable[..., Visit], run: str, script: bool) -> None:
    """With a script or without: the finding is open, in sight, and has the focus."""
    page = visit(run, java_script_enabled=script).page
    mark = page.locator("a.spot").first
    anchor = str(mark.get_attribute("href"))
    body = page.locator(anchor)
    assert not body.is_visible()
    mark.locator(".diamond").click()
    body.wait_for()
    assert body.is_visible()
    assert page.url.endswith(anchor)
    page.locator(".finding[open] > summary").wait_for()
    sync_api.expect(page.locator(".finding[open] > summary")).to_be_in_viewport()
    if script:
        assert "finding error" in focused(page)


@pytest.mark.parametrize("policy", [STRICT, JENKINS])
def test_behind_a_strict_policy(visit: Callable[..., Visit], run: str, policy: str) -> None:
    """Where a server lets neither script nor style through, all can be read, and marks lead."""
    opened = visit(run, policy)
    page = opened.page
    assert opened.requests == [f"{ORIGIN}/report.html"]
    assert not page.locator("form").is_visible()
    assert not page.get_by_role("button").count()
    picture = page.locator("svg[role=group]").first
    assert picture.is_visible()
    assert picture.bounding_box()["width"] == 960
    assert page.locator("path.diamond").last.get_attribute("fill") == "#b3152a"
    mark = page.locator("a.spot").first
    body = page.locator(str(mark.get_attribute("href")))
    mark.locator(".diamond").click()
    body.wait_for()
    assert "used here" in body.inner_text().lower()
    for card in page.locator(".finding").all():
        if card.get_attribute("open") is None:
            card.locator("> summary").click()
    assert all(card.is_visible() for card in page.locator(".finding > .body").all())


def test_the_address_opens_a_finding(visit: Callable[..., Visit], run: str) -> None:
    """A link to a finding can be sent to somebody."""
    page = visit(run, anchor="#finding-3").page
    assert page.locator("#finding-3").is_visible()


def test_filters(visit: Callable[..., Visit], run: str) -> None:
    """By rule, by status and by text; how many are left is told, and empty sections go."""
    page = visit(run).page
    assert page.inner_text("#shown") == "All 9 findings"
    page.select_option("#filter-rule", "FCX201")
    assert shown(page) == ["FCX201"]
    assert page.inner_text("#shown") == "1 of 9 findings"
    assert not page.locator("#section-library").is_visible()
    page.select_option("#filter-rule", "")
    page.select_option("#filter-status", "library")
    assert page.inner_text("#shown") == "1 of 9 findings"
    page.keyboard.press("Escape")
    assert len(shown(page)) == 9
    page.select_option("#filter-file", label="account/leak.py (1)")
    assert shown(page) == ["FCX401"]
    page.select_option("#filter-file", "")
    page.select_option("#filter-test", label="tests/test_app.py::test_waiting (1)")
    assert shown(page) == ["FCX103"]
    page.get_by_role("button", name="Clear").click()
    page.fill("#filter-text", "  Current_User   account ")
    page.get_by_text("1 of 9 findings").wait_for()
    assert shown(page) == ["FCX401"]


def test_a_filter_can_be_sent_to_somebody(visit: Callable[..., Visit], run: str) -> None:
    """It stands in the address, in words; what is not there is no filter."""
    page = visit(run).page
    page.select_option("#filter-status", "known")
    page.fill("#filter-text", "pool")
    page.wait_for_url("**text=pool")
    anchor = page.evaluate("location.hash")
    assert anchor == "#?status=Known%2C+from+the+baseline&text=pool"
    other = visit(run, anchor=f"{anchor}&rule=FCX999").page
    assert other.inner_text("#shown") == "1 of 9 findings"
    assert other.input_value("#filter-text") == "pool"


def test_a_mark_of_a_filtered_finding_clears_the_filter(
    visit: Callable[..., Visit], run: str
) -> None:
    """What a link leads to is always shown."""
    page = visit(run).page
    page.select_option("#filter-status", "library")
    page.locator("a.spot .diamond").first.click()
    assert page.inner_text("#shown") == "All 9 findings"


@pytest.mark.parametrize("allowed", [True, False])
def test_copying(visit: Callable[..., Visit], story: str, allowed: bool) -> None:
    """The fix goes to the clipboard; where that is refused, it is selected and copied so."""
    permissions = ["clipboard-read", "clipboard-write"] if allowed else []
    opened = visit(story, permissions=permissions)
    page = opened.page
    page.evaluate("""allowed => {
        globalThis.copied = "";
        const clipboard = { writeText: async (text) => {
            if (!allowed) throw new Error("refused");
            globalThis.copied = text;
        } };
        Object.defineProperty(navigator, "clipboard", { value: clipboard });
        document.addEventListener("copy", () => { globalThis.copied = String(getSelection()); });
    }""", allowed)  # fmt: skip
    button = page.locator(".fix").get_by_role("button", name="Copy")
    button.click()
    page.locator(".fix").get_by_text("Copied").wait_for()
    assert page.evaluate("copied") == (
        "incoming_data = request.json\npool.submit(process_task, incoming_data)"
    )
    assert page.locator("#said").inner_text() == "Copied"
    assert page.locator(".patch + button").count() == 1


def test_keyboard_alone(visit: Callable[..., Visit], run: str) -> None:
    """Everything is reached by Tab and Enter; a slash goes to the search, Escape clears it."""
    page = visit(run).page
    page.keyboard.press("Tab")
    assert "Skip to the findings" in focused(page)
    page.keyboard.press("Enter")
    page.keyboard.press("/")
    assert "filter-text" in focused(page)
    page.keyboard.type("/account")
    page.get_by_text("2 of 9 findings").or_(page.get_by_text("1 of 9 findings")).wait_for()
    page.keyboard.press("Escape")
    assert page.inner_text("#shown") == "All 9 findings"
    for _ in range(6):
        page.keyboard.press("Tab")
    assert "finding" in focused(page)
    page.keyboard.press("Enter")
    assert page.locator(".finding[open]").count() == 1
    page.locator("a.spot").first.focus()
    page.keyboard.press("Enter")
    assert "finding error" in focused(page)


def test_one_test_at_a_time(visit: Callable[..., Visit], run: str) -> None:
    """The list and its two buttons go through the tests; a finding leads to its picture."""
    page = visit(run).page
    heads = page.locator(".scene h3")
    visible = [each for each in heads.all() if each.is_visible()]
    assert len(visible) == 1
    assert page.get_by_role("button", name="Previous").is_disabled()
    page.get_by_role("button", name="Next").click()
    assert page.input_value("#scene") == "scene-2"
    page.get_by_role("button", name="Next").click()
    assert page.locator("table.schedule").is_visible()
    assert page.get_by_role("button", name="Next").is_disabled()
    page.locator(".finding summary", has_text="FCX101").first.click()
    page.get_by_role("link", name="See when it happened").first.click()
    assert page.input_value("#scene") == "scene-1"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_nothing_is_in_the_way_of_those_who_do_not_see_it(
    visit: Callable[..., Visit], run: str, scheme: str
) -> None:
    """axe-core finds no violation, contrast included, with all findings and pages open."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = visit(run, color_scheme=scheme, bypass_csp=True).page
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    results = axe.Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_colours_follow_the_reader(visit: Callable[..., Visit], run: str, scheme: str) -> None:
    """Page and picture are dark where the reader wants it."""
    page = visit(run, color_scheme=scheme).page
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    sheet = page.evaluate("getComputedStyle(document.querySelector('svg .sheet')).fill")
    assert paper == sheet == {"light": "rgb(255, 255, 255)", "dark": "rgb(21, 24, 29)"}[scheme]


def test_nothing_is_wider_than_a_telephone(visit: Callable[..., Visit], run: str) -> None:
    """The picture scrolls by itself; the page does not."""
    page = visit(run).page
    page.set_viewport_size({"width": 360, "height": 700})
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@pytest.mark.parametrize("script", [True, False])
def test_paper_shows_all(visit: Callable[..., Visit], run: str, script: bool) -> None:
    """Every finding is printed with its contents, and nothing that is to be clicked."""
    page = visit(run, java_script_enabled=script).page
    page.emulate_media(media="print")
    bodies = page.locator(".finding > .body")
    assert all(body.bounding_box()["height"] > 100 for body in bodies.all())
    assert not page.locator(".control:visible").count()
    assert page.locator("svg[role=group]:visible").count() == 2
    if script:
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert not page.locator("details:not([open])").count()
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.locator("details:not([open])").count()
    assert page.pdf()


def test_a_thousand_findings_and_ten_thousand_tasks(
    visit: Callable[..., Visit], root: Path
) -> None:
    """It stays small enough to be opened, and all of it works; how fast, a benchmark tells."""
    findings, timelines = load(1000, 10_000, 200, root)
    page = visit(written(root, findings, timelines)).page
    assert page.evaluate("document.querySelectorAll('*').length") < 100_000
    page.select_option("#filter-rule", "FCX101")
    assert page.inner_text("#shown") == "334 of 1000 findings"
    page.select_option("#scene", f"scene-{DRAWN + 5}")
    mark = page.locator(".scene.current a.spot").first
    mark.wait_for()
    body = page.locator(str(mark.get_attribute("href")))
    mark.locator(".diamond").click()
    assert body.is_visible()


def test_a_browser_that_cannot_unpack(visit: Callable[..., Visit], root: Path) -> None:
    """An old one has no drawing of the later tests, but what they say; nothing fails."""
    findings, timelines = load(DRAWN + 2, 50, DRAWN + 2, root)
    opened = visit(written(root, findings, timelines))
    page = opened.page
    page.evaluate("delete globalThis.DecompressionStream")
    page.select_option("#scene", f"scene-{DRAWN + 2}")
    scene = page.locator(".scene.current")
    assert scene.locator("figcaption").is_visible()
    assert "a script draws this one" in scene.inner_text()
    assert opened.complaints == []


def test_without_a_script_every_test_says_what_happened(
    visit: Callable[..., Visit], root: Path
) -> None:
    """The first tests are drawn, the others told."""
    findings, timelines = load(DRAWN + 2, 50, DRAWN + 2, root)
    page = visit(written(root, findings, timelines), java_script_enabled=False).page
    page.locator("#more-scenes > summary").click()
    for number in (1, DRAWN, DRAWN + 2):
        scene = page.locator(f".scene:has(#scene-{number})")
        if number > 1:
            scene.locator("> summary").click()
        assert scene.locator("figcaption").is_visible()
        assert scene.locator("svg").count() == (number <= DRAWN)


def test_the_benchmark_measures(browser: Any) -> None:
    """It prints a line for each run; what stands there, the machine decides."""
    command = [sys.executable, "benchmarks/html_report.py", "--findings", "7", "--tasks", "20"]
    environment = os.environ | {"FLASKCTX_CHROMIUM": str(chromium())}
    done = subprocess.run(
        [*command, "--rounds", "1"],
        cwd=Path(__file__).parent.parent.parent,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count(" MB ") == 3
