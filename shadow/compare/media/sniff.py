"""What binary bytes look like, by how they begin."""

from __future__ import annotations

# Offset, bytes, name.
_BEGINNINGS = (
    (0, b"\x89PNG\r\n\x1a\n", "PNG"), (0, b"\xff\xd8\xff", "JPEG"), (0, b"GIF8", "GIF"), (8, b"WEBP", "WebP"),
    (0, b"BM", "BMP"), (0, b"II*\0", "TIFF"), (0, b"MM\0*", "TIFF"), (4, b"ftypavif", "AVIF"), (4, b"ftyp", "MP4"),
    (0, b"%PDF-", "PDF"), (0, b"PK\x03\x04", "ZIP"), (0, b"\x1f\x8b", "gzip"), (0, b"\x28\xb5\x2f\xfd", "zstd"),
    (0, b"BZh", "bzip2"), (0, b"7z\xbc\xaf\x27\x1c", "7z"), (0, b"\0asm", "WebAssembly"), (0, b"OggS", "Ogg"),
    (0, b"ID3", "MP3"), (8, b"WAVE", "WAV"), (0, b"wOFF", "WOFF"), (0, b"wOF2", "WOFF2"), (0, b"PAR1", "Parquet"),
    (0, b"SQLite format 3\0", "SQLite"), (0, b"\x7fELF", "ELF"),
)  # fmt: skip


def sniff(data: bytes) -> str:
    """Return the name of a format, or an empty string.

    Cannot see: formats without a beginning of their own, and contents that do not keep what it promises.
    """
    for offset, beginning, name in _BEGINNINGS:
        if data.startswith(beginning, offset):
            return name
    return ""
