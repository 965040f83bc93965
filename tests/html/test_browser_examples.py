"""The page of the examples, as the README's reader makes it: in a browser, and in the documentation.

With ``$FLASKCTX_SCREENSHOT`` set to a path, what is seen is saved there:

    FLASKCTX_SCREENSHOT=docs/report.png python -m pytest tests/html/test_browser_examples.py
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from browsing import Visit

ROOT = Path(__file__).parent.parent.parent
STORY = "queue_task/test_queue_task.py::test_leak"
PICTURE = ROOT / "docs" / "report.png"
SIZE = (1200, 1500)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page that a run over the examples writes."""
    for extension in ("flask_login", "flask_sqlalchemy"):
        pytest.importorskip(extension)
    out = tmp_path_factory.mktemp("report") / "report.html"
    command = [sys.executable, "-m", "pytest", "examples", f"--flaskctx-html={out}", "-q"]
    command += ["-p", "no:cacheprovider", "-o", "flaskctx_drain=fast"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout
    return out.read_text(encoding="utf-8")


def told(page: Any) -> str:
    """Return what stands under the picture that is to be seen."""
    (scene,) = [each for each in page.locator(".scene").all() if each.is_visible()]
    return " ".join(scene.inner_text().split())


def test_one_look_tells_the_story(visit: Callable[..., Visit], report: str) -> None:
    """The picture of the README's story, and a click on its mark: the line, and what to write."""
    opened = visit(report, color_scheme="light")
    page = opened.page
    page.set_viewport_size({"width": SIZE[0], "height": SIZE[1]})
    page.select_option("#scene", label=next(_labels(page, STORY)))
    said = told(page)
    assert "POST /task" in said
    assert "Task process_task (ThreadPoolExecutor-" in said
    assert "read request" in said
    (mark,) = [each for each in page.locator("a.spot").all() if each.is_visible()]
    mark.locator(".diamond").click()
    finding = page.locator(".finding[open]")
    finding.get_by_text("incoming_data = request.json").wait_for()
    assert "queue_task/leak.py:15" in finding.inner_text()
    assert (opened.complaints, len(opened.requests)) == ([], 1)
    _keep(page)


def test_the_worst_comes_first(visit: Callable[..., Visit], report: str) -> None:
    """One user's data shown to another is what the page opens with."""
    page = visit(report).page
    assert "read the request of another GET /dashboard" in told(page)
    assert "FCX202" in page.locator(".finding summary").first.inner_text()


def test_the_documentation_shows_it() -> None:
    """The screenshot is there, and of the size that the test makes."""
    content = PICTURE.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert int.from_bytes(content[16:20], "big") == SIZE[0]


def _labels(page: Any, test: str) -> Any:
    return (each for each in page.locator("#scene option").all_inner_texts() if test in each)


def _keep(page: Any) -> None:
    """Save what is seen, from the top of the page to the end of the open finding."""
    page.evaluate("window.scrollTo(0, 0)")
    page.locator("h1").click()
    path = os.environ.get("FLASKCTX_SCREENSHOT")
    kept = page.screenshot(clip={"x": 0, "y": 0, "width": SIZE[0], "height": SIZE[1]})
    assert kept.startswith(b"\x89PNG")
    if path:
        (ROOT / path).write_bytes(kept)
