"""A text as it is, and under each of the ways in which the web packs things."""

from __future__ import annotations

import base64
import binascii
import gzip
import re
import zlib
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

MOST = 1 << 20
"""How much of one text is looked at, and unpacked, in bytes."""

# What base64 may be, in either alphabet, and long enough to hold a token.
_PACKED = re.compile(rb"[A-Za-z0-9+/_-]{20,}")


def shapes(text: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield a text as it is, and unpacked, each with the name of the way; all in lower case."""
    text = text[:MOST]
    for way, shape in _shapes(text):
        yield way, shape.lower()


def _shapes(text: bytes) -> Iterator[tuple[str, bytes]]:
    yield "", text
    for way, unpack in (("gzip", gzip.decompress), ("zlib", _inflated)):
        try:
            yield way, unpack(text)[:MOST]
        except (OSError, EOFError, zlib.error):
            continue
    if b"%" in text:
        yield "percent-encoding", unquote_to_bytes(text)
    for found in _PACKED.finditer(text):
        yield from _unpacked(found[0])


def _unpacked(packed: bytes) -> Iterator[tuple[str, bytes]]:
    padded = packed.translate(bytes.maketrans(b"-_", b"+/"))
    padded = padded[: len(padded) - (len(padded) % 4 == 1)]
    try:
        plain = base64.b64decode(padded + b"=" * (-len(padded) % 4))
    except binascii.Error:
        return
    yield "base64", plain
    try:
        yield "base64 and zlib", _inflated(plain)
    except zlib.error:
        return


def _inflated(packed: bytes) -> bytes:
    return zlib.decompressobj().decompress(packed, MOST)
