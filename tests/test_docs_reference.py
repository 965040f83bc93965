"""The reference has all that the plugin has, and nothing else."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, get_args

import pytest
from documents import DOCS, ROOT, pages

import pytest_flaskctx
from pytest_flaskctx import facts, plugin
from pytest_flaskctx.findings import Bleed, BleedStep, Finding, Level, Status
from pytest_flaskctx.isolation.verdicts import IsolationResult
from pytest_flaskctx.monitors import Monitor, monitor
from pytest_flaskctx.plugin import hooks
from pytest_flaskctx.plugin.isolated import FlaskCtxIsolation
from pytest_flaskctx.rules import RULES

REFERENCE = DOCS / "reference"


class Parser:
    """Stands for pytest's: keeps the names of what the plugin declares."""

    def __init__(self) -> None:
        self.options: set[str] = set()
        self.ini: set[str] = set()

    def getgroup(self, name: str, description: str = "") -> Parser:
        return self

    def addoption(self, *names: str, **keywords: Any) -> None:
        self.options.update(names)

    def addini(self, name: str, *words: str, **keywords: Any) -> None:
        self.ini.add(name)


@pytest.fixture(scope="module")
def parser() -> Parser:
    """What the plugin declares."""
    parser = Parser()
    plugin.pytest_addoption(parser)  # type: ignore[arg-type]
    return parser


@pytest.fixture(scope="module")
def markers(pytestconfig: pytest.Config) -> set[str]:
    """The markers that the plugin registers."""
    lines = pytestconfig.getini("markers")
    return {found[0] for line in lines if (found := re.match(r"flask_ctx_\w+", line))}


def page(name: str) -> str:
    """Return a page of the reference."""
    return (REFERENCE / f"{name}.md").read_text()


def headings(text: str, level: str) -> set[str]:
    """Return what stands as code in the headings of a level, without values."""
    return set(re.findall(rf"^{level} `([\w-]+)", text, re.MULTILINE))


def part(text: str, heading: str) -> str:
    """Return what stands below a heading, up to the next one of any level, without the blocks."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    found = re.search(rf"^#+ `?{heading}`?$(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def part_of(text: str, heading: str) -> str:
    """Return what stands below a heading of the second level, up to the next one of that level."""
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def rows(text: str) -> set[str]:
    """Return what stands as code in the first column of the tables."""
    return {
        name
        for line in re.findall(r"^\| (`[^|]*) \|", text, re.MULTILINE)
        for name in re.findall(r"`\*?(\w+)`", line)
    }


def code(text: str) -> set[str]:
    """Return the single words that stand as code."""
    return set(re.findall(r"`(\w+)`", text))


def public(kind: type) -> set[str]:
    """Return the names of a class that have no underscore in front."""
    return {name for name in dir(kind) if name[0] != "_"}


def missing(words: Iterable[str], text: str) -> set[str]:
    """Return the words that do not stand as code in a text."""
    return set(words) - code(text)


def test_every_option_has_its_heading_and_no_other_has(parser: Parser) -> None:
    """A new option is told of in the reference before the tests pass."""
    text = part_of(page("options"), "Command line")
    assert headings(text, "###") == parser.options


def test_every_ini_option_has_its_heading_and_no_other_has(parser: Parser) -> None:
    """As do options of the ini file."""
    text = part_of(page("options"), "Ini file")
    assert headings(text, "###") == parser.ini


def test_the_example_sets_every_ini_option(parser: Parser) -> None:
    """In both kinds of file, so that each is known to be taken; a baseline would have to be there."""
    text = page("options")
    for pattern in (r"^```ini\n(.*?)^```$", r"^```toml\n(.*?)^```$"):
        (block,) = re.findall(pattern, text, re.MULTILINE | re.DOTALL)
        assert set(re.findall(r"^(flaskctx\w*)", block, re.MULTILINE)) == parser.ini - {
            "flaskctx_baseline"
        }


def test_every_marker_has_its_heading_and_no_other_has(markers: set[str]) -> None:
    """The markers are those that pytest is told of."""
    assert headings(page("markers"), "##") == markers


def test_every_fixture_has_its_heading_and_no_other_has() -> None:
    """The fixtures are what the plugin's module has for pytest to find."""
    assert headings(page("fixtures"), "##") == set(plugin.__all__)


@pytest.mark.parametrize(
    "document", [*pages(), *sorted(ROOT.glob("*.md"))], ids=lambda page: page.name
)
def test_no_page_names_what_is_not_there(document: Path, parser: Parser, markers: set[str]) -> None:
    """Options, markers, fixtures and hooks, wherever they are named."""
    text = re.sub(r"\]\([^)]*\)", "]", document.read_text())
    known = parser.options | parser.ini | markers | set(plugin.__all__)
    named = set(
        re.findall(r"(?<![\w.-])(?:--(?:no-)?flaskctx[\w-]*|flaskctx_\w+|flask_ctx_\w+)", text)
    )
    assert named - known == set()


def test_every_hook_is_told() -> None:
    """By its name and its argument."""
    declared = {
        name: list(inspect.signature(value).parameters)
        for name, value in vars(hooks).items()
        if name.startswith("pytest_")
    }
    told = dict(re.findall(r"^`(pytest_\w+)\((\w+)\)`", page("hook"), re.MULTILINE))
    assert {name: [argument] for name, argument in told.items()} == declared


def test_monitor_is_told_with_all_it_has() -> None:
    """Its methods with their arguments."""
    text = part(page("fixtures"), "flask_ctx_monitor")
    told = set(re.findall(r"^- \*\*`(\w+)", text, re.MULTILINE))
    assert told == {name for name in vars(Monitor) if name[0] != "_"} - {"idle"}
    for name in ("drain", "expect", "allow"):
        arguments = list(inspect.signature(getattr(Monitor, name)).parameters)[1:]
        (shown,) = re.findall(rf"^- \*\*`{name}\((.*?)\)`", text, re.MULTILINE)
        assert re.findall(r"\w+(?==|,|$)", shown.replace("=None", "")) == arguments


def test_isolation_is_told_with_all_arguments() -> None:
    """And with their defaults."""
    parameters = dict(inspect.signature(FlaskCtxIsolation.__call__).parameters)
    del parameters["self"]
    text = part(page("fixtures"), "flask_ctx_isolation")
    assert rows(text) == set(parameters)
    for name in ("copies", "max_schedules", "max_seconds"):
        assert f"| `{name}` | {parameters[name].default:g} |" in text
    assert f'| `oracle` | `"{parameters["oracle"].default}"` |' in text


def test_python_interface_is_told() -> None:
    """Each public name has a heading, or stands among the errors; each argument has a row."""
    text = page("python")
    errors = {name for name in pytest_flaskctx.__all__ if name.endswith("Error")}
    assert headings(text, "##") == set(pytest_flaskctx.__all__) - errors - {"__version__"}
    assert errors <= code(part(text, "Errors"))
    assert rows(part(text, "monitor")) == set(inspect.signature(monitor).parameters)


def test_finding_and_result_are_told_with_all_attributes() -> None:
    """Those that are computed, too."""
    text = page("python")
    assert rows(part(text, "Finding")) == public(Finding) - {"merged", "with_status"}
    assert rows(part(text, "IsolationResult")) == {
        name for name in public(IsolationResult) if name not in ("count", "index")
    }


def test_json_is_told_with_all_fields() -> None:
    """Every field has a row, and the kinds of things are all named."""
    from test_jsonfile import CONTEXT_KEYS, ENTRY_KEYS, ORIGIN_KEYS

    text = page("json")
    assert rows(part(text, "The whole")) == {"version", "tool", "summary", "findings"}
    assert rows(part(text, "A finding")) == ENTRY_KEYS
    assert rows(part(text, "origin")) == ORIGIN_KEYS
    assert rows(part(text, "context")) == CONTEXT_KEYS
    assert rows(part(text, "request")) == set(facts.RequestFact._fields)
    assert rows(part(text, "bleed")) == set(Bleed._fields)
    assert missing(BleedStep._fields, part(text, "bleed")) == set()
    assert missing(get_args(facts.OriginKind), part(text, "origin")) == set()
    assert missing([*get_args(Status), *get_args(Level)], part(text, "A finding")) == set()
    assert missing(get_args(facts.FileKind), part(text, "A finding")) == set()


def test_rules_are_listed_as_they_are() -> None:
    """The table is that of the rules' own words."""
    table = [
        f"| [{rule.code}](../pytest_flaskctx/rules/pages/{rule.code}.md) | {rule.name} | "
        f"`{rule.level}` | {rule.summary} |"
        for rule in RULES
    ]
    text = (DOCS / "rules.md").read_text()
    assert re.findall(r"^\| \[.*$", text, re.MULTILINE) == table
