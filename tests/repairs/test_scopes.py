"""Names that scopes within a task or a view call their own, and those that text put in needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("libcst")

from repairing import HEAD, app, apply, leak, write

from pytest_flaskctx.repairs import combined, repair

LANG = 'request.args.get("lang")'


def repaired(root: Path, text: str, **known: Any) -> str:
    """Return a module after its repair."""
    write(root, {"app.py": text})
    patch, reason = repair(leak(root, **known), root)
    assert not reason
    return apply(root, patch or "")["app.py"]


INNER = {
    f'send([(lang, {LANG}) for lang in "ab"])': 'send([(lang, request_lang) for lang in "ab"])',
    f'send([(to, {LANG}) for to in "ab"])': 'send([(to, lang) for to in "ab"])',
    f"send(lambda lang: (lang, {LANG}))": "send(lambda lang: (lang, request_lang))",
    f"send(lambda x: (x.lang, send(lang={LANG})))": "send(lambda x: (x.lang, send(lang=lang)))",
    f"class A:\n        lang = 1\n        to = {LANG}": (
        "class A:\n        lang = 1\n        to = request_lang"
    ),
}


@pytest.mark.parametrize("line", INNER)
def test_a_name_of_a_scope_within_the_task_is_not_taken_for_the_value(
    line: str, tmp_path: Path
) -> None:
    """A comprehension's, a lambda's or a class's, where the value is used in it."""
    after = repaired(tmp_path, app(f"def work():\n    {line}\n"))
    assert f"    {INNER[line]}\n" in after


def test_a_name_of_a_scope_in_the_statement_is_not_taken_for_the_value(tmp_path: Path) -> None:
    """The call might stand in that very comprehension."""
    call = "pool.submit(work, lang)"
    view = f'def view():\n    print([{call} for lang in "ab"])\n'
    after = repaired(tmp_path, app(f"def work(n):\n    print(n, {LANG})\n", view), call=call)
    assert f"    request_lang = {LANG}\n" in after
    assert "pool.submit(work, lang, request_lang)" in after
