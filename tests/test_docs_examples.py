"""Each page of the documentation, played: files, commands and screens do what the page says."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import pytest
from documents import DOCS, FLASK, Block, Play, blocks, needs, pages, steady, title
from screens import Refresh

LANGUAGES = {"python", "ini", "toml", "console", "text", "json", "sh", "yaml", "{toctree}"}
PLAYED = {"python", "console", "text", "json"}


def shown(page: Path, language: str) -> list[Block]:
    """Return a page's blocks in one language."""
    return [block for block in blocks(page) if block.language == language]


@pytest.mark.parametrize(
    "page",
    [page for page in pages() if {block.language for block in blocks(page)} & PLAYED],
    ids=title,
)
def test_page_does_what_it_says(page: Path, tmp_path: Path) -> None:
    """Marked lines and tests fail, all others pass, and every screen is one that a run printed."""
    missing = sorted(name for name in needs(page) if find_spec(name) is None)
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    if not version("flask").startswith(FLASK.get(title(page), "")):
        pytest.skip(f"its screens are those of Flask {FLASK[title(page)]}")
    folder = tmp_path / "page"
    folder.mkdir()
    play = Play(page, folder)
    play.run()
    for block in shown(page, "text"):
        assert play.printed(block.text), f"{block.where} is not in\n{play.outputs}"
    for block in shown(page, "json"):
        assert play.holds(json.loads(block.text)), f"{block.where}: {play.documents()}"
    replayed = set(re.findall(r"--flaskctx-replay=[\d.]\S+", page.read_text()))
    assert {token for token in replayed if not play.printed(token)} == set()


@pytest.mark.parametrize("page", pages(), ids=title)
def test_page_has_no_block_of_another_kind(page: Path) -> None:
    """A block in a language that nobody looks at would rot; so would a file without a name."""
    found = list(blocks(page))
    assert [block for block in found if block.language not in LANGUAGES] == []
    files = [block for block in found if block.language in ("python", "ini", "toml")]
    assert [block.where for block in files if not block.name] == []
    assert page.read_text().count("```") == 2 * len(found)


@pytest.mark.parametrize("page", pages(), ids=title)
def test_page_reads_well_as_it_is(page: Path) -> None:
    """No line is too wide for a terminal or the code host's view, but for tables and screens."""
    screens = [block for block in blocks(page) if block.language in ("text", "console", "json")]
    printed = {line for block in screens for line in block.text.splitlines()}
    lines = [line for line in page.read_text().splitlines() if line not in printed]
    assert [line for line in lines if len(line) > 104 and not line.startswith("|")] == []
    assert [line for line in lines if line != line.rstrip()] == []


def test_screens_are_brought_up_to_date(tmp_path: Path) -> None:
    """What is printed between the ends of a screen takes its place; what has no ends is named."""
    text = (DOCS / "index.md").read_text()
    undone = text.replace("(1 hand-over observed)", "(2 hand-overs observed)")
    page = tmp_path / "index.md"
    page.write_text(undone.replace("used here:\n", "used there:\n\n"))
    tmp_path.joinpath("page").mkdir()
    refresh = Refresh(page, tmp_path / "page")
    refresh.run()
    assert steady(refresh.text) == steady(undone)
    assert [where.partition(": ")[2] for where in refresh.lost] == ["pytest -q --flaskctx-report"]
