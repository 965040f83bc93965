"""The tokens by which one participant's data is known in another's."""

from __future__ import annotations

import base64
import hashlib
import re

LENGTH = 16
# Looked ahead: one may begin within what looks like another.
_SHAPE = re.compile(rb"(?=(t[a-z2-7]{15}))")


class Tokens:
    """Makes tokens, the same ones in the same order for one seed, none of them twice.

    A token is a letter and 15 lower-case letters and digits: it can be a name, a path segment, a
    header, part of an address, and nobody comes upon it by chance.

    Args:
        seed: what they are made of.
    """

    def __init__(self, seed: str) -> None:
        self._seed = seed
        self._count = 0
        self._made: set[bytes] = set()

    def next(self) -> str:
        """Return another token."""
        self._count += 1
        digest = hashlib.sha256(f"{self._seed}\0{self._count}".encode()).digest()
        token = b"t" + base64.b32encode(digest).lower()[: LENGTH - 1]
        self._made.add(token)
        return token.decode()

    def found_in(self, text: bytes) -> set[str]:
        """Return which of all the tokens so far stand in a text.

        Args:
            text: in lower case.
        """
        return {found.decode() for found in _SHAPE.findall(text) if found in self._made}
