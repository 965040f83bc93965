"""Text that a terminal shows as it is: nothing in it moves the cursor, colours or reorders."""

from __future__ import annotations

import unicodedata

# Controls (ESC, newline), formats (right-to-left marks), surrogates and line separators.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_COMMANDS = ("::", "##")
_WIDE = frozenset({"W", "F"})


def escape(text: str) -> str:
    r"""Return ``text`` with control and format characters spelt out, as ``\x1b``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def no_command(line: str) -> str:
    r"""Return ``line`` so that the log of a CI takes it for no command.

    GitHub obeys lines that begin with ``::`` or ``##[``, Azure those with ``##vso[``.
    """
    if not line.startswith(_COMMANDS):
        return line
    return f"\\x{ord(line[0]):02x}{line[1:]}"


def width(text: str) -> int:
    """Return how many columns ``text`` takes on a terminal."""
    return sum(_columns(character) for character in text)


def _shown(character: str) -> str:
    if unicodedata.category(character) in _UNSAFE:
        return character.encode("unicode_escape", "surrogatepass").decode("ascii")
    return character


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1
