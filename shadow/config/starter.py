"""The commented shadow.yaml that `shadow config init` writes."""

from __future__ import annotations

import json


def starter(primary: str, candidate: str, secondary: str = "", listen: str = "127.0.0.1:8080") -> str:
    """Return the text of a first configuration; URLs are inserted as quoted text, unchecked."""
    if secondary:
        second = f"secondary:\n  url: {_quoted(secondary)}\n  build: old\n"
    else:
        second = "# secondary:\n#   url: http://127.0.0.1:9003\n#   build: old\n"
    return f"""\
# Every key, its type, default and meaning: docs/configuration.md, or `shadow config reference`.
# Check this file against the world with `shadow doctor -c shadow.yaml`.

# Clients connect here; the proxy or the load balancer in front points to it.
listen: {_quoted(listen)}

# The old backend: clients get its answers, byte by byte.
primary:
  url: {_quoted(primary)}
  build: old            # evidence is bound to builds; put the release here, or name a header:
  # build_header: x-build

# The new backend. By default it shares the primary's database, so only GET, HEAD and OPTIONS are sent to it.
candidate:
  url: {_quoted(candidate)}
  build: new
  # store: own          # it has a database of its own, so routes marked `mirror: writes` may reach it

# A second copy of the old build. What differs between it and the primary is noise, and latency is judged against it;
# without it the latency criterion stays inconclusive.
{second}
# mirror:
#   sample_ratio: 0.1   # mirror a tenth of the requests
#   tee_bytes: 64MiB    # memory that exchanges may wait in; beyond it they are shed and counted

# Unsafe methods are skipped unless a route says otherwise.
# routes:
#   - endpoint: POST /search
#     mirror: read_only

# Passwords, cookies, tokens, card numbers and e-mail addresses are always hashed before they are stored.
# redact:
#   paths: [$.customer.name]
#   key: ${{SHADOW_REDACTION_KEY}}

# verify:
#   old: sqlite:///old.db
#   new: sqlite:///new.db

# What a cutover plan asks, judged so that the gate may be asked every night; without the profile six criteria are
# asked, for one look. docs/gate.md has all of them.
# gate:
#   profile: cutover
#   parity: {{min_ratio: 0.999, confidence: 0.95}}
#   latency: {{max_ratio: 1.2, floor_s: 0.02}}
"""


def _quoted(text: str) -> str:
    """Return a double-quoted YAML scalar (JSON text is one); `${{` is kept, so that variables still work."""
    return json.dumps(text, ensure_ascii=False)
