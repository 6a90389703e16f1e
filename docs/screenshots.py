"""Take the pictures of the report that the README shows: real pages of the sample documents in headless Chromium.

Usage: python docs/screenshots.py [--out docs/images] [--browser chromium] [--pdf FILE] [--html FOLDER]
Needs a Chromium (`apt-get install chromium`); nothing is fetched from the network. Exits 3 when there is none.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "reports" / "page")]

import page_samples  # noqa: E402

from reports.document import Result  # noqa: E402
from reports.html import render_html  # noqa: E402

EXIT_NO_BROWSER = 3
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run",
    "--disable-background-networking", "--force-device-scale-factor=1",
)  # fmt: skip
DARK = "--blink-settings=preferredColorScheme=0"
MOST_BYTES = 300_000


def only(section: str, unfold: str, times: int) -> Callable[[str], str]:
    """A change of the page for a picture of one section: the others hidden, its first folds opened.

    The content policy would refuse the added style, so the copy that is photographed goes without it.
    """

    def change(page: str) -> str:
        page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page)
        style = (
            f"main > *:not(#{section}), footer {{ display: none !important }} main > section {{ margin-top: 1rem }}"
        )
        page = page.replace("</head>", f"<style>{style}</style></head>")
        return page.replace(f'<details class="{unfold}">', f'<details open class="{unfold}">', times)

    return change


SHOTS: tuple[tuple[str, Callable[[], Result], tuple[str, ...], int, Callable[[str], str]], ...] = (
    ("report-no-go", page_samples.no_go, (), 800, str),
    ("report-no-go-dark", page_samples.no_go, (DARK,), 800, str),
    ("report-go", page_samples.go, (), 800, str),
    ("report-not-yet", page_samples.not_yet, (), 800, str),
    ("report-waiting", page_samples.waiting, (), 800, str),
    ("report-divergences", page_samples.no_go, (), 1240, only("divergences", "example", 1)),
    ("report-endpoints", page_samples.no_go, (), 1100, only("endpoints", "fold endpoint", 1)),
    ("report-data", page_samples.no_go, (), 620, only("data", "", 0)),
)


def main() -> int:
    """Write every picture; returns the exit code."""
    parser = argparse.ArgumentParser(description="Take the pictures of the report.")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--browser", default="")
    parser.add_argument("--pdf", type=Path, help="also print the no-go page on A4")
    parser.add_argument("--html", type=Path, help="also write the pages themselves into this folder")
    asked = parser.parse_args()
    browser = shutil.which(asked.browser or "chromium") or shutil.which("chromium-browser")
    if not browser:
        sys.stderr.write("No Chromium found; install it (apt-get install chromium) or name one with --browser.\n")
        return EXIT_NO_BROWSER
    asked.out.mkdir(parents=True, exist_ok=True)
    for name, make, flags, height, change in SHOTS:
        target = asked.out / f"{name}.png"
        photograph(browser, change(render_html(make())), [*flags, f"--window-size=1280,{height}"], target)
        size = target.stat().st_size
        sys.stdout.write(f"{target.name}  {size:,} bytes\n")
        if size > MOST_BYTES:
            sys.stderr.write(f"{name} is larger than {MOST_BYTES:,} bytes.\n")
            return 1
    if asked.pdf:
        run(
            browser,
            render_html(page_samples.no_go()),
            ["--no-pdf-header-footer", f"--print-to-pdf={asked.pdf.resolve()}"],
        )
    if asked.html:
        asked.html.mkdir(parents=True, exist_ok=True)
        for name, make in page_samples.ALL.items():
            (asked.html / f"{name}.html").write_text(render_html(make()))
    return 0


def photograph(browser: str, page: str, flags: list[str], target: Path) -> None:
    """Open the page in a browser of its own and save what it shows as PNG."""
    run(browser, page, [*flags, f"--screenshot={target.resolve()}"])


def run(browser: str, page: str, flags: list[str]) -> None:
    """Start the browser on the page with a profile that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.html"
        file.write_text(page)
        command = [browser, *FLAGS, f"--user-data-dir={folder}/profile", *flags, file.as_uri()]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)


if __name__ == "__main__":
    sys.exit(main())
