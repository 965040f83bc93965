"""The level of a rule, met with the mode of the run."""

from __future__ import annotations

import pytest

from pytest_flaskctx.rules.levels import effective
from pytest_flaskctx.settings import MODES


@pytest.mark.parametrize(
    ("mode", "strict", "expected"),
    [
        ("off", False, {"off": None, "warn": None, "strict": None, "fail": None}),
        ("off", True, {"off": None, "warn": None, "strict": None, "fail": None}),
        ("warn", False, {"off": None, "warn": "warning", "strict": "warning", "fail": "warning"}),
        ("warn", True, {"off": None, "warn": "warning", "strict": "warning", "fail": "warning"}),
        ("fail", False, {"off": None, "warn": "warning", "strict": "warning", "fail": "error"}),
        ("fail", True, {"off": None, "warn": "warning", "strict": "error", "fail": "error"}),
        ("strict", False, {"off": None, "warn": "warning", "strict": "error", "fail": "error"}),
        ("strict", True, {"off": None, "warn": "warning", "strict": "error", "fail": "error"}),
    ],
)
def test_effective(mode, strict, expected):
    """Each mode, with and without the strict marker, makes of each level what the design says."""
    assert {level: effective(level, mode, strict=strict) for level in expected} == expected


@pytest.mark.parametrize("mode", ["off", "warn"])
def test_ceilings(mode):
    """No marker makes anything fail in the modes that never fail."""
    assert "error" not in {effective(level, mode, strict=True) for level in MODES}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("strict", [False, True])
def test_a_note_is_one_in_every_mode(mode, strict):
    """What is noted fails nothing, and is said wherever anything is."""
    expected = None if mode == "off" else "note"
    assert effective("note", mode, strict=strict) == expected
