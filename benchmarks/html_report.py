"""How fast a large HTML report is written, and opens in Chromium.

Usage: html_report.py [--findings N] [--tasks N] [--rounds N]

For a run in one test, in a hundred, and in as many as there are findings: the seconds that it takes
to make the page, its size, and the milliseconds until Chromium has read it, and until it has shown
it, from the beginning of the navigation. The worst of the rounds is told: nobody waits for a median.
Playwright and a Chromium are needed; ``$FLASKCTX_CHROMIUM`` may name it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import builders  # noqa: E402 - the tests' stories are not installed
import stories  # noqa: E402 - likewise
from playwright.sync_api import Browser, sync_playwright  # noqa: E402 - likewise, by order

from pytest_flaskctx.reports.html import document  # noqa: E402 - likewise, by order

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
TIMES = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
    const [entry] = performance.getEntriesByType("navigation");
    done([entry.domInteractive, performance.now(), document.querySelectorAll("*").length]);
})))"""
FILTERED = """() => {
    const begin = performance.now();
    const rule = document.getElementById("filter-rule");
    rule.value = "FCX101";
    rule.dispatchEvent(new Event("change", { bubbles: true }));
    document.body.getBoundingClientRect();
    return performance.now() - begin;
}"""


def write(findings: int, tasks: int, tests: int, path: Path) -> float:
    """Write the report of such a run; return the seconds that making it took."""
    builders.ROOT = path.parent
    found, timelines = stories.load(findings, tasks, tests, path.parent)
    begin = time.perf_counter()
    text = document(
        found,
        timelines=timelines,
        tool=stories.TOOL,
        summary=stories.SUMMARY,
        root=path.parent,
    )
    took = time.perf_counter() - begin
    path.write_text(text, encoding="utf-8")
    return took


def opened(browser: Browser, path: Path) -> tuple[float, float, float, int]:
    """Return ms until the page was read, until it was shown, and of a filter; and its elements."""
    page = browser.new_page()
    page.goto(path.as_uri())
    read, shown, elements = page.evaluate(TIMES)
    filtered = page.evaluate(FILTERED)
    page.close()
    return read, shown, filtered, elements


def main() -> None:
    """Print a line for each run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--findings", type=int, default=1000)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    path = os.environ.get("FLASKCTX_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)))
    print(f"{options.findings} findings, {options.tasks} tasks; worst of {options.rounds} rounds")
    print("tests  made     size     elements  read     shown    filter")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        for tests in (1, 100, options.findings):
            with tempfile.TemporaryDirectory() as name:
                report = Path(name).resolve() / "report.html"
                made = write(options.findings, options.tasks, tests, report)
                rounds = [opened(browser, report) for _ in range(options.rounds)]
                read, shown, filtered, elements = map(max, zip(*rounds, strict=True))
                size = report.stat().st_size / 1e6
            print(
                f"{tests:<6} {made:4.1f} s   {size:4.2f} MB  {elements:>8}"
                f"  {read:4.0f} ms  {shown:4.0f} ms  {filtered:3.0f} ms"
            )
        browser.close()


if __name__ == "__main__":
    main()
