"""``--flaskctx-explain``: print a rule's page, and run no test."""

from __future__ import annotations

import sys

import pytest

from pytest_flaskctx.rules import RULES
from pytest_flaskctx.settings import SettingsError, parse_rule


def page(word: str) -> pytest.ExitCode:
    """Print the page of the rule that ``word`` names.

    Raises:
        pytest.UsageError: there is no such rule.
    """
    try:
        rule = parse_rule(word, RULES, "--flaskctx-explain")
    except SettingsError as error:
        raise pytest.UsageError(str(error)) from None
    sys.stdout.write(_printable(rule.page.rstrip() + "\n"))
    return pytest.ExitCode.OK


def _printable(text: str) -> str:
    """Return the text with what standard output cannot show replaced, as on a bare Windows."""
    encoding = sys.stdout.encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
