"""The site that Sphinx makes of `docs/`, and the links of all documents as the code host shows them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from documents import DOCS, ROOT, blocks, pages, title

from pytest_flaskctx.rules import RULES

DOCUMENTS = [*pages(), *sorted(ROOT.glob("*.md")), ROOT / "examples" / "README.md"]
YAML = [block for page in pages() for block in blocks(page) if block.language == "yaml"]


class Page(HTMLParser):
    """What a built page has and asks for."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.anchors = {""}
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = {name: value or "" for name, value in attrs}
        self.anchors.add(known.get("id", ""))
        if tag == "a" and "href" in known:
            self.links.append(known["href"])
        elif tag == "link" or "src" in known:
            self.loaded.append(known.get("href") or known.get("src", ""))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Page]:
    """The pages of the site, built with warnings for errors."""
    for module in ("sphinx", "myst_parser", "furo"):
        pytest.importorskip(module)
    folder = tmp_path_factory.mktemp("site").resolve()
    # The pages of the rules are written beside the others: not here, where more tests may build.
    shutil.copytree(DOCS, folder / "docs", ignore=shutil.ignore_patterns("rules", "_build"))
    options = ["-W", "--keep-going", "-n", "-q", "-b", "html", "-d", f"{folder}/trees"]
    command = [sys.executable, "-m", "sphinx", *options, f"{folder}/docs", f"{folder}/html"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {path: Page(path) for path in folder.joinpath("html").rglob("*.html")}


def test_site_has_every_page(site: dict[Path, Page]) -> None:
    """Those of the rules, which stand in the package, too."""
    (start,) = [path for path in site if path.name == "index.html"]
    built = {path.relative_to(start.parent).with_suffix("").as_posix() for path in site}
    assert {title(page).removesuffix(".md") for page in pages()} <= built
    assert {f"rules/{rule.code}" for rule in RULES} <= built


def test_site_has_no_broken_link(site: dict[Path, Page]) -> None:
    """Each link within the site leads to a page and a place in it."""
    broken = []
    for page in site.values():
        for link in page.links:
            parts = urlsplit(link)
            target = (page.path.parent / unquote(parts.path)).resolve() if parts.path else page.path
            if not parts.scheme and (
                target not in site or unquote(parts.fragment) not in site[target].anchors
            ):
                broken.append((page.path.name, link))
    assert broken == []


def test_site_loads_nothing_from_elsewhere(site: dict[Path, Page]) -> None:
    """It can be read without a network."""
    loaded = {link for page in site.values() for link in page.loaded}
    assert {link for link in loaded if urlsplit(link).netloc} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_to_files_and_headings(document: Path) -> None:
    """Where the files are read as they are, without Sphinx."""
    text = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        parts = urlsplit(link)
        if parts.scheme:
            continue
        target = document.parent / parts.path if parts.path else document
        assert target.exists(), link
        if parts.fragment:
            assert parts.fragment in slugs(target), link


def slugs(page: Path) -> set[str]:
    """Return the anchors that code hosts give the headings of a page."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    }


@pytest.mark.parametrize("block", YAML, ids=lambda block: block.where)
def test_yaml_can_be_read(block) -> None:
    """The workflows of the page on CI are YAML, and say in which file they are to stand."""
    yaml = pytest.importorskip("yaml")
    assert block.name.endswith(".yml")
    document = yaml.safe_load(block.text)
    commands = re.findall(r"pytest -[^\n]*", block.text)
    assert isinstance(document, dict)
    assert commands
