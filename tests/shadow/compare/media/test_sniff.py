"""What bytes look like."""

from __future__ import annotations

import gzip
import zipfile
from io import BytesIO

from shadow.compare.media.sniff import sniff


def test_by_their_beginning() -> None:
    """Real files, where the standard library can write them."""
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a", "b")
    assert sniff(archive.getvalue()) == "ZIP"
    assert sniff(gzip.compress(b"a")) == "gzip"
    assert sniff(b"RIFF\0\0\0\0WEBPVP8 ") == "WebP"
    assert sniff(b"\0\0\0\x18ftypmp42") == "MP4"
    assert sniff(b"%PDF-1.7") == "PDF"
    assert sniff(b"") == sniff(b"text") == ""
