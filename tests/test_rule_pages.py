"""The rules' pages: what they promise, and that their examples do what the pages say."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from pytest_flaskctx.rules import RULES, Rule

SECTIONS = [
    "What it does",
    "Why is this bad?",
    "Example",
    "Use instead",
    "When it can be wrong",
    "Settings",
]
RULE = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)


def section(rule: Rule, name: str) -> str:
    """Return the text between the heading ``name`` and the next one."""
    return rule.page.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


def example(rule: Rule, name: str) -> str:
    """Return the one Python block of a section."""
    (block,) = re.findall(r"^```python\n(.*?)^```$", section(rule, name), re.MULTILINE | re.DOTALL)
    return str(block)


def run(pytester: pytest.Pytester, module: str) -> tuple[pytest.RunResult, set[str]]:
    """Run ``module`` as a test file of its own; return the result and the codes found."""
    settings = re.findall(r"^# ini: (.*)$", module, re.MULTILINE)
    pytester.makeini("\n".join(["[pytest]", *settings]))
    pytester.makepyfile(module)
    result = pytester.runpytest_subprocess("--flaskctx-json=out.json")
    document = json.loads(Path(pytester.path, "out.json").read_text(encoding="utf-8"))
    return result, {finding["code"] for finding in document["findings"]}


@RULE
def test_page_begins_with_the_rules_own_words(rule: Rule) -> None:
    """The page of a rule has its code and name as heading, and its summary as first sentence."""
    assert rule.page.startswith(f"# {rule.code}: {rule.name}\n\n{rule.summary}\n\n## ")


@RULE
def test_page_has_every_section_in_order(rule: Rule) -> None:
    """All pages are built alike."""
    assert re.findall(r"^## (.*)$", rule.page, re.MULTILINE) == SECTIONS
    assert all(section(rule, name).strip() for name in SECTIONS)


@RULE
def test_page_reads_well_in_a_terminal(rule: Rule) -> None:
    """No line is longer than 100 characters, and none ends in blanks: the page is printed as is."""
    lines = rule.page.splitlines()
    assert [line for line in lines if len(line) > 100 or line != line.rstrip()] == []
    assert all(line.isprintable() for line in lines)


@RULE
def test_page_tells_how_to_allow_and_to_move_the_rule(rule: Rule) -> None:
    """The settings name this rule's own code, not another page's."""
    settings = section(rule, "Settings")
    assert f'flask_ctx_allow("{rule.code}", reason="...")' in settings
    assert f"`{rule.code} = " in settings
    assert set(re.findall(r"FCX\d+", settings)) == {rule.code}
    strict_only = "It fails in the mode `strict`" in settings
    assert strict_only == (rule.level == "strict")


@RULE
def test_example_leaks_just_that(pytester: pytest.Pytester, rule: Rule) -> None:
    """The example is a complete test module, which fails for this rule and no other."""
    result, codes = run(pytester, example(rule, "Example"))
    assert codes == {rule.code}
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    outcomes = result.parseoutcomes()
    assert outcomes.get("failed", 0) + outcomes.get("errors", 0) == 1


@RULE
def test_repair_is_silent(pytester: pytest.Pytester, rule: Rule) -> None:
    """The repaired example passes, and nothing is found in it."""
    result, codes = run(pytester, example(rule, "Use instead"))
    assert codes == set()
    result.assert_outcomes(passed=1)


@RULE
@pytest.mark.parametrize("name", ["Example", "Use instead"])
def test_examples_use_no_sleep(rule: Rule, name: str) -> None:
    """The examples do not depend on how fast the machine is."""
    calls = [
        node for node in ast.walk(ast.parse(example(rule, name))) if isinstance(node, ast.Call)
    ]
    assert not [call for call in calls if ast.unparse(call.func).endswith("sleep")]


def test_there_is_a_page_for_every_rule_and_no_other() -> None:
    """A page without a rule would never be found by ``--flaskctx-explain``."""
    pages = Path(__file__).parent.parent / "pytest_flaskctx" / "rules" / "pages"
    assert {page.stem for page in pages.iterdir()} == {rule.code for rule in RULES}
