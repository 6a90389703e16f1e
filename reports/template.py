"""Our HTML templates, printed: each is one self-contained file."""

from __future__ import annotations

import base64
import hashlib

import jinja2

# Escaping is always on, whatever a template is called; a name that the view does not declare is an error.
_TEMPLATES = jinja2.Environment(
    loader=jinja2.PackageLoader("reports", "templates"),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(name: str, **values: object) -> str:
    """Print a template. The content policy names style and script by digest, so that no other could ever run."""
    policy = (
        f"default-src 'none'; style-src '{_digest('page.css')}'; script-src '{_digest('page.js')}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return _TEMPLATES.get_template(name).render(**values, policy=policy)


def _digest(name: str) -> str:
    text = _TEMPLATES.get_template(name).render()
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
