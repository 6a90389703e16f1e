"""What every key means, in a sentence: the one source of the reference, the JSON Schema and the editor's help.

`Section.key` names a field of shadow/config/model.py; a test keeps the two lists equal.
"""

from __future__ import annotations

MEANINGS: dict[str, str] = {
    "Config.listen": "Address that clients connect to, `host:port`; `:8080` is every interface, port 0 any free one; "
    "or `unix:/path`.",
    "Config.tls": "TLS on that address; without it clients speak clear text.",
    "Config.primary": "The old backend, whose answers the clients get.",
    "Config.candidate": "The new backend, under test.",
    "Config.secondary": "A second copy of the old build; what differs between it and the primary is noise.",
    "Config.client_key": "Whose requests stay in order: `cookie:NAME`, `header:NAME`, `bearer:CLAIM`, "
    "else the connection.",
    "Config.mirror": "The processes and their bounds.",
    "Config.routes": "Endpoints that are named, with what may be mirrored of them.",
    "Config.endpoints": "Where endpoint templates come from besides `routes`.",
    "Config.compare": "Limits of one comparison, and the rules.",
    "Config.redact": "What is replaced by keyed hashes before anything is stored; adds to the built-in defaults.",
    "Config.ledger": "The store of evidence.",
    "Config.control": "Where health, metrics and the control API are served; see docs/operations.md.",
    "Config.verify": "The data to verify; without it there are no data checks.",
    "Config.gate": "The criteria of the verdict.",
    "Config.out": "Folder for reports and other output.",
    "ListenTls.certificate": "PEM file with the certificate and its chain; read again when it changes.",
    "ListenTls.key": "PEM file with the private key, not encrypted; empty: it is in the certificate's file.",
    "ListenTls.client_ca": "PEM file with the authorities whose clients are let in; empty: no client certificate.",
    "LegTls.ca": "PEM file with the authorities that are trusted; empty: the system's.",
    "LegTls.certificate": "PEM file with a client certificate; empty: none is shown.",
    "LegTls.key": "PEM file with its key, not encrypted; empty: it is in the certificate's file.",
    "LegTls.server_name": "Name to ask for (SNI) and to verify; empty: the URL's host.",
    "LegTls.verify": "`false` takes any certificate: for tests, since anybody could answer then.",
    "Primary.url": "`http://host:port` or `https://host:port`, with a path prefix if need be; `unix:/path` or "
    "`unix:/path:/prefix`; no user, query or fragment.",
    "Primary.build": "The build that runs there; empty: unknown, unless `build_header` tells it.",
    "Primary.build_header": "Response header that tells the build.",
    "Primary.connect_timeout_s": "Seconds to wait for a connection; then the client gets 502.",
    "Primary.timeout_s": "Seconds to wait for the answer; then the client gets 504.",
    "Primary.dns_cache_s": "Seconds after which the host name is looked up again, beside the requests; several "
    "addresses take turns.",
    "Primary.tls": "TLS to a leg whose URL is `https://`.",
    "Primary.connections": "Connections to keep open at most, per listener.",
    "ShadowLeg.url": "`http://host:port` or `https://host:port`, with a path prefix if need be; `unix:/path` or "
    "`unix:/path:/prefix`; no user, query or fragment.",
    "ShadowLeg.build": "The build that runs there; empty: unknown, unless `build_header` tells it.",
    "ShadowLeg.build_header": "Response header that tells the build.",
    "ShadowLeg.store": "`own` declares a database of its own: only such a leg may receive writes.",
    "ShadowLeg.connect_timeout_s": "Seconds to wait for a connection.",
    "ShadowLeg.timeout_s": "Seconds to wait for the answer; then the leg has failed.",
    "ShadowLeg.dns_cache_s": "Seconds after which the host name is looked up again, beside the requests; several "
    "addresses take turns.",
    "ShadowLeg.tls": "TLS to a leg whose URL is `https://`.",
    "ShadowLeg.connections": "Requests under way at once at most, each on its own connection.",
    "ShadowLeg.breaker_failures": "Failures in a row after which the leg is left alone for a while.",
    "ShadowLeg.breaker_open_s": "Seconds for which it is left alone.",
    "ShadowLeg.backoff_first_s": "Seconds without another attempt after a connection could not be had; 0: none.",
    "ShadowLeg.backoff_factor": "By how much that grows with every further attempt that fails.",
    "ShadowLeg.backoff_most_s": "Seconds beyond which it does not grow.",
    "ShadowLeg.backoff_jitter_ratio": "Share by which each of these pauses is shortened or lengthened at random.",
    "Mirror.listeners": "Processes on the live path.",
    "Mirror.senders": "Processes that ask candidate and secondary; one client's requests stay with one of them.",
    "Mirror.comparers": "Processes that compare.",
    "Mirror.sample_ratio": "Share of the requests that are mirrored; a route may set its own.",
    "Mirror.max_body_bytes": "Longest body of which a copy is kept; beyond it an exchange is not comparable.",
    "Mirror.tee_bytes": "Bytes waiting for the sender at most, per listener; beyond them exchanges are shed.",
    "Mirror.max_header_bytes": "Longest head of a request or an answer.",
    "Mirror.max_headers": "Headers of a request at most; more are answered 431.",
    "Mirror.head_timeout_s": "Seconds for the whole head of a request, however it dribbles; then the client gets 408.",
    "Mirror.idle_timeout_s": "Seconds after which an idle client connection is closed.",
    "Mirror.tunnel_idle_s": "Seconds without a byte either way after which a tunnel (WebSocket) is closed.",
    "Mirror.linger_s": "Seconds for which an upload is taken and thrown away after an early answer, so that the "
    "client gets to read it.",
    "Mirror.drain_s": "Seconds that requests under way get to end when the mirror stops.",
    "Mirror.pause_lag_s": "Seconds by which a listener's own work may lag for a second before it stops mirroring "
    "until it has caught up; 0: never.",
    "Mirror.pin": "`auto`: listeners get processor cores of their own as far as there are enough and no CPU quota is "
    "set, all other processes the rest; `off`: the kernel decides.",
    "Route.endpoint": "Method and template: `POST /search`, `GET /orders/{id}`, `* /static/*`.",
    "Route.mirror": "`safe`: safe methods only; `read_only`: this unsafe method only reads; `writes`: it may "
    "write to legs with `store: own`; `never`: no shadow leg sees it.",
    "Route.sample_ratio": "Share of this route's requests that are mirrored; null: `mirror.sample_ratio`.",
    "Route.rate_per_s": "Copies of this route per second at most, over all senders; null: no limit.",
    "Route.burst": "Copies that may come at once within that rate; null: those of one second.",
    "Endpoints.openapi": "Path of an OpenAPI document whose paths become templates.",
    "Endpoints.max_segments": "Segments of a path that fixed patterns keep; longer paths are cut there.",
    "Compare.deadline_s": "Seconds for one comparison; then the exchange is not comparable.",
    "Compare.max_depth": "Deepest nesting of a document that is compared.",
    "Compare.max_decoded_bytes": "Longest body after decompression.",
    "Compare.max_differences": "Differences of one exchange that are kept.",
    "Compare.volatile_headers": "Headers whose presence alone is compared; adds to the built-in ones.",
    "Compare.unordered": "Paths of lists whose order means nothing.",
    "Compare.self_proof_ratio": "Share of the compared exchanges of which the candidate's answer is compared once more "
    "with a mistake put into it, to prove that it would be noticed; 0: never.",
    "Compare.rules_file": "File of further rules (`rules:`), relative to this one; see docs/rules.md; empty: none.",
    "Compare.rules": "Governed statements about differences; see docs/rules.md.",
    "Compare.noise": "How long what was learnt of noise lasts.",
    "Compare.reask": "Asking backends again; see docs/comparison.md.",
    "Noise.half_life_pairs": "Pairs of an endpoint after which what was learnt there counts half.",
    "Noise.half_life_s": "Seconds after which it counts half.",
    "Reask.noise_ratio": "Without a secondary: share of the safe requests that the primary is asked again, beside the "
    "candidate, to learn its noise; 0: none.",
    "Reask.triage": "Second looks at a mismatch of a safe request ask the candidate and: `auto`: the secondary, where "
    "there is one; `primary`: without a secondary the primary; `off`: nobody.",
    "Reask.soon_s": "Seconds after a mismatch until the first second look.",
    "Reask.later_s": "Seconds after that until the last one.",
    "Reask.most_ratio": "Share of the mirrored exchanges for which anything may be asked again.",
    "Reask.rate_per_s": "Requests per second that may be asked again, over all senders.",
    "Reask.latency_factor": "By how much the old build may become slower than it was before asking again stops.",
    "Reask.stop_s": "Seconds without asking again after a 429, a 503 or rising latency; longer where `Retry-After` "
    "asks for it.",
    "Reask.waiting_bytes": "Bytes of exchanges that wait for their second look, per comparer; beyond them mismatches "
    "stay pending.",
    "Rule.id": "Name of the rule; reports count by it.",
    "Rule.what": "`ignore` the difference whole, `tolerate` it within a bound, `expect` it as intended, `rename` a "
    "member, or `map` values.",
    "Rule.endpoint": "Endpoint it holds for; `*` alone: all.",
    "Rule.path": "Path it holds for, `body:$.items[*].price`; `*` is one segment.",
    "Rule.kinds": "Kinds of difference it holds for; empty: all.",
    "Rule.absolute": "Tolerated distance of two numbers.",
    "Rule.relative": "Tolerated distance of two numbers, as a share of the larger.",
    "Rule.seconds": "Tolerated distance of two instants.",
    "Rule.to": "New name that a `rename` gives to the last member of the path.",
    "Rule.values": "Old value to new value, for `map` and `expect`; each a JSON literal, else text.",
    "Rule.happens": "How an `expect` has to come true: `always`, in every exchange that shows it, or `sometimes`.",
    "Rule.owner": "Who answers for it.",
    "Rule.reason": "Why the difference is right or does not matter.",
    "Rule.created": "Day it was written, `2026-01-31`.",
    "Rule.expires": "Last day on which it works (UTC).",
    "Rule.ticket": "Where it was decided.",
    "Redact.headers": "Header names.",
    "Redact.paths": "JSON paths, `$.customer.name`.",
    "Redact.patterns": "Regular expressions for text anywhere.",
    "Redact.key": "Secret of the hashes, best `${SHADOW_REDACTION_KEY}`; empty: one is made and kept in "
    "a file beside the ledger, `<ledger>.key`.",
    "Ledger.path": "SQLite file; its folder has to be on a volume that outlives the process.",
    "Ledger.block_s": "Seconds per block, the unit in which evidence is counted.",
    "Ledger.examples": "Examples kept per signature.",
    "Ledger.max_endpoints": "Endpoints kept apart; further ones are counted as `_other`.",
    "Control.api": "Address of the control API, which needs the token; empty: off. Beyond loopback `token` has to "
    "be set.",
    "Control.probes": "Address of `/health`, `/health/ready` and `/metrics` alone, without a token; a pod's address, "
    "if a kubelet or a scraper has to reach it; empty: off.",
    "Control.token": "Bearer token of the control API, best `${SHADOW_CONTROL_TOKEN}`; empty: one is made and kept "
    "in a file beside the ledger, `<ledger>.token`.",
    "Control.names": "Further host names by which the control API may be asked for; addresses and loopback names "
    "always work.",
    "Verify.old": "URL of the old store: `postgresql://user@host/database`, `sqlite:///old.db`, "
    "`duckdb:///old.duckdb`, `parquet:folder`.",
    "Verify.new": "URL of the new store.",
    "Verify.tables": "Pairs of tables; empty: all tables of the same name.",
    "Verify.buckets": "Key ranges that a table is digested in; only differing ones are read again.",
    "Verify.max_findings": "Findings kept per check; all are counted.",
    "Verify.strength": "How PostgreSQL hashes rows: `fast` (64 bits), `default` (128), `portable` (MD5, any versions); "
    "`auto`: what both servers agree on, `fast` from a million rows on.",
    "Verify.parallel": "Ranges of a table that each server digests at a time.",
    "Verify.chunk_s": "Time that one range should take a server; ranges grow or shrink to it.",
    "Verify.max_rows_per_second": "Rows of a table read per second and side at most; 0: no limit.",
    "TablePair.old": "Table in the old store.",
    "TablePair.new": "Table in the new store; empty: the same name.",
    "TablePair.key": "Columns that identify a row; empty: the primary key that both sides share.",
    "TablePair.columns": "Columns to compare; empty: all.",
    "TablePair.ignore": "Columns to leave out; the report lists them.",
    "TablePair.rename": "Old column name to new column name.",
    "Gate.parity": "Agreement per endpoint; null: not asked.",
    "Gate.error_rate": "Failures of the candidate against those of the primary; null: not asked.",
    "Gate.latency": "Latency of the candidate against the old build; null: not asked.",
    "Gate.coverage": "Were all expected endpoints compared; null: not asked.",
    "Gate.completeness": "Do the outcomes add up, and how much was lost; null: not asked.",
    "Gate.data": "Did every data check run and pass; null: not asked.",
    "Parity.min_ratio": "Share of the compared exchanges that has to agree.",
    "Parity.confidence": "One-sided confidence with which it has to be shown.",
    "Parity.max_unstable_ratio": "Share of the answers whose mismatch went away or contradicted itself on a second "
    "look, beyond which parity cannot pass.",
    "ErrorRate.margin_ratio": "How much more often the candidate may fail, as a share of all exchanges.",
    "ErrorRate.confidence": "One-sided confidence with which it has to be shown.",
    "Latency.max_ratio": "Factor by which a quantile may grow.",
    "Latency.floor_s": "Seconds by which a quantile may grow in any case.",
    "Latency.quantiles": "Quantiles that are judged, above 0 and below 1.",
    "Latency.min_pairs": "Pairs below which an endpoint is inconclusive.",
    "Latency.against": "`secondary`: sent by the same sender, like for like; `primary`: the live latency, and the "
    "report says so.",
    "Latency.confidence": "One-sided confidence with which it has to be shown.",
    "Coverage.expected": "Endpoints; empty: the configured routes and those of the OpenAPI document.",
    "Coverage.min_compared": "Comparisons that each of them needs.",
    "Completeness.max_lost_ratio": "Share of the mirrored exchanges that may be shed or not comparable.",
    "Data.max_age_s": "Age in seconds beyond which a data check counts as missing.",
}


def meaning_of(section: str, key: str) -> str:
    """Return the sentence for a key of a section, such as ("Mirror", "tee_bytes"). Raises KeyError."""
    return MEANINGS[f"{section}.{key}"]
