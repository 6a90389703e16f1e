"""What every key means, in a sentence: the one source of the reference, the JSON Schema and the editor's help.

`Section.key` names a field of shadow/config/model.py; a test keeps the two lists equal.
"""

from __future__ import annotations

from shadow.config.criteria_meanings import CRITERIA_MEANINGS

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
    "Config.mapping": "How old requests are asked of the candidate, and its answers read; see docs/mapping.md.",
    "Config.identity": "The map between values that each side makes itself: ids, sessions, tokens; see "
    "docs/identity.md.",
    "Config.compare": "Limits of one comparison, and the rules.",
    "Config.redact": "What is replaced by keyed hashes before anything is stored; adds to the built-in defaults.",
    "Config.ledger": "The store of evidence.",
    "Config.control": "Where health, metrics and the control API are served; see docs/operations.md.",
    "Config.verify": "The data to verify; without it there are no data checks.",
    "Config.gate": "The criteria of the verdict.",
    "Config.notify": "Who is told of what changes, by `shadow notify`.",
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
    "Mirror.hang_s": "Seconds without a sign of life after which a process is killed and started again; 0: never.",
    "Mirror.pin": "`auto`: listeners get processor cores of their own as far as there are enough and no CPU quota is "
    "set, all other processes the rest; `off`: the kernel decides.",
    "Mirror.judge": "`candidate`; or `secondary`: the candidate is left alone, and the old build is compared with "
    "itself (A/A), as `shadow mirror --aa` does.",
    "Route.endpoint": "Method and template: `POST /search`, `GET /orders/{id}`, `* /static/*`.",
    "Route.mirror": "`safe`: safe methods only; `read_only`: this unsafe method only reads; `writes`: it may "
    "write to legs with `store: own`; `never`: no shadow leg sees it.",
    "Route.sample_ratio": "Share of this route's requests that are mirrored; null: `mirror.sample_ratio`.",
    "Route.rate_per_s": "Copies of this route per second at most, over all senders; null: no limit.",
    "Route.burst": "Copies that may come at once within that rate; null: those of one second.",
    "Endpoints.openapi": "Path of an OpenAPI document whose paths become templates; it may say keys of lists, too.",
    "Endpoints.max_segments": "Segments of a path that fixed patterns keep; longer paths are cut there.",
    "Mapping.endpoint": "Old endpoint, as in `routes`; the most specific mapping has the request.",
    "Mapping.path": "New path, with the parameters of the old one: `/v2/users/{id}`, `/v2/auth/*`; empty: the same.",
    "Mapping.method": "New method; empty: the same.",
    "Mapping.query": "Changes to the query's parameters.",
    "Mapping.headers": "Changes to the request's headers.",
    "Mapping.body": "Changes to the request's JSON body, in order.",
    "Mapping.form": "Changes to the fields of an urlencoded form.",
    "Mapping.answer": "How the candidate's answer is read.",
    "FieldMapping.drop": "Fields that are left out.",
    "FieldMapping.values": "For a field, old value to new value; other values stay.",
    "FieldMapping.convert": "For a field: `integer`, `number`, `boolean`, `upper`, `lower`, `epoch` or `instant`.",
    "FieldMapping.rename": "Old name to new name.",
    "FieldMapping.set": "New name to the value it gets, whether it was there or not.",
    "HeaderMapping.drop": "Headers that are left out.",
    "HeaderMapping.rename": "Name to the name it gets; values stay.",
    "HeaderMapping.set": "Name to the value it gets, whether it was there or not.",
    "BodyStep.path": "Place in the body, `$.items[*].qty`; `[*]` and `*` are one segment each.",
    "BodyStep.drop": "`true`: what is there is left out.",
    "BodyStep.values": "Value to value; texts by themselves, others as JSON writes them. Other values stay.",
    "BodyStep.convert": "`text`, `integer`, `number`, `boolean`, `upper`, `lower`; `epoch`: an instant becomes Unix "
    "seconds; `instant`: Unix seconds become `2026-01-31T10:00:00Z`. What cannot be converted stays.",
    "BodyStep.to": "Where it is moved, with the wildcards of `path` in their order; empty: it stays.",
    "BodyStep.set": "Value that is put there, written as JSON.",
    "AnswerMapping.status": "The candidate's status to the old one it stands for, `201: 200`.",
    "AnswerMapping.headers": "Changes to the answer's headers, from new to old.",
    "AnswerMapping.body": "Changes to the answer's JSON body, from new to old, in order.",
    "Identity.learn": "`off`; `declared`: what `values` says; `inferred`: cookies, tokens, entity tags and ids, too.",
    "Identity.values": "Kinds of values, with where they are learnt.",
    "Identity.max_entries": "Pairs kept at most; beyond them the longest unused are forgotten.",
    "Identity.max_bytes": "Bytes that the pairs may take together.",
    "Identity.expires_s": "Seconds without use after which a pair is forgotten.",
    "IdentityValue.kind": "Name of the kind, `order`.",
    "IdentityValue.learn": "Endpoint and place in its answer, `POST /orders $.id`, `POST /login header:x-csrf-token`.",
    "IdentityValue.names": "Further names under which paths, queries, headers, forms and JSON bodies carry it.",
    "IdentityValue.scope": "`shared`: one map for all clients; `client`: each client counts for itself.",
    "Compare.deadline_s": "Seconds for one comparison; then the exchange is not comparable.",
    "Compare.max_depth": "Deepest nesting of a document that is compared.",
    "Compare.max_decoded_bytes": "Longest body after decompression.",
    "Compare.max_differences": "Differences of one exchange that are kept.",
    "Compare.volatile_headers": "Headers whose presence alone is compared; adds to the built-in ones.",
    "Compare.unordered": "Paths of lists whose order means nothing.",
    "Compare.list_keys": "Members by which the items of lists are paired, before any that is recognised.",
    "Compare.protobuf": "How protobuf bodies are read; see docs/comparison.md.",
    "Protobuf.descriptors": "Path of a descriptor set (`protoc --include_imports --descriptor_set_out`); empty: "
    "protobuf bodies are compared as bytes.",
    "Protobuf.messages": "Full names of messages by endpoint as reports name it (`GET /orders/{id}: shop.Order`), by "
    "what a content type calls them, or `*` for all other bodies.",
    "ListKey.path": "Place of the list, `$.items`, in the dialect of docs/rules.md.",
    "ListKey.key": "Name of the member; every item must have it, and no two the same.",
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
    "Verify.old": "URL of the old store: `postgresql://user@host/database`, `mongodb://user@host/database`, "
    "`sqlite:///old.db`, `duckdb:///old.duckdb`, `parquet:folder`, `csv:folder`.",
    "Verify.new": "URL of the new store.",
    "Verify.as_of": "Instant of a restored backup, with its zone: rows that the old side wrote later are left out, by "
    "`written_column`; empty: everything is compared.",
    "Verify.profiles": "`true` measures each column on both sides first (NULLs, least and greatest value, sum, "
    "lengths, distinct values): one more scan, two of PostgreSQL.",
    "Verify.tables": "Pairs of tables; empty: all tables of the same name.",
    "Verify.buckets": "Key ranges that a table is digested in; only differing ones are read again.",
    "Verify.max_findings": "Findings kept per check; all are counted.",
    "Verify.invariants": "Queries that must give the same answer on both sides.",
    "Invariant.name": "What the check is called: `invariant NAME`.",
    "Invariant.sql": "The query; the order of its rows does not matter.",
    "Invariant.old_sql": "The query of the old side, where it is another text; empty: `sql`.",
    "Invariant.new_sql": "The query of the new side, where it is another text; empty: `sql`.",
    "TablePair.changed_column": "What tells whether a row changed since the last run: `xmin` (PostgreSQL's own) or a "
    "timestamp such as `updated_at`, for MongoDB `change_stream`; what has not changed is not read again. Empty: "
    "everything is read.",
    "TablePair.full_every_days": "After so many days everything is read all the same.",
    "TablePair.written_column": "Old name of the column that says when a row was last written; for `as_of`.",
    "TablePair.fresh_column": "Column whose latest value must not be far behind the old side's; empty: not checked.",
    "TablePair.fresh_s": "How far at most.",
    "Verify.strength": "How PostgreSQL hashes rows: `fast` (64 bits), `default` (128), `portable` (MD5, any versions); "
    "`auto`: what both servers agree on, `fast` from a million rows on.",
    "Verify.mongo_digest": "Where documents of two MongoDB servers are compared: `client` receives all of them, "
    "`server` only sums of hashes, for slow links; it costs the servers several times as much.",
    "Verify.parallel": "Ranges of a table that each server is asked for at a time; 0: one per process or worker that "
    "reads, at most 8, and one where two PostgreSQL servers digest themselves.",
    "Verify.processes": "Processes of this machine that read ranges of a large table, where its rows are digested by "
    "Python and not in a database; 0: one per core, at most 8; 1: this process alone.",
    "Verify.chunk_s": "Time that one range should take a server; ranges grow or shrink to it.",
    "Verify.settle_s": "A differing row counts when neither side has changed it for so long; 0: at once, for stores "
    "that nobody writes to. Needs PostgreSQL or MongoDB on both sides, and a key.",
    "Verify.max_rows_per_second": "Rows of a table read per second and side at most; 0: no limit.",
    "Verify.pause": "When to wait for a busy server; off where no limit is set.",
    "Pause.active_sessions": "Sessions at work on a server, those of verifications not counted; 0: no limit.",
    "Pause.replication_lag_s": "How far the slowest standby or secondary may be behind; 0: no limit.",
    "Pause.latency_ms": "Time that the server needs for the smallest of queries; 0: no limit.",
    "Pause.longest_s": "After so long a pause the check ends as an error.",
    "TablePair.old": "Table in the old store; also `table.field[]` (the items of an array), `a + b` (joined by their "
    "key), and two names with a bar between them (put together).",
    "TablePair.new": "The same in the new store; empty: the same name.",
    "TablePair.key": "Columns that identify a row; empty: the primary key that both sides share.",
    "TablePair.columns": "Columns to compare; empty: all.",
    "TablePair.ignore": "Columns to leave out; the report lists them.",
    "TablePair.rename": "Old column name to new column name.",
    "TablePair.missing_is_null": "A field that a document lacks counts as one that holds NULL.",
    "TablePair.truncate": "Timestamps that are compared to the millisecond or the second only, by old column name; "
    "what is finer is cut, as MongoDB does on storing.",
    "TablePair.where": "Which rows are compared, on both sides: an SQL condition, for MongoDB a query in JSON; "
    "empty: all.",
    "TablePair.old_where": "The same for the old side alone, in place of `where`.",
    "TablePair.new_where": "The same for the new side alone, in place of `where`.",
    "TablePair.map": "Values of the old side and what the new side holds in their place, by old column name; "
    "all are written as text.",
    "TablePair.transform": "Steps that the old side's values take before they are compared, by old column name, "
    "such as `[trim, lower]`; docs/verify.md lists them.",
    "TablePair.new_transform": "Steps that the new side's values take, by new column name.",
    "TablePair.tolerance": "How far numbers may lie apart, or instants in seconds, by old column name.",
    "TablePair.relative_tolerance": "How far numbers may lie apart, as a share of the larger one, by old column name.",
    "TablePair.parent": "For the items of an array (`orders.items[]`): the columns of the parent that its children "
    "name it by; empty: its primary key.",
    "TablePair.first_position": "For the items of an array: the position of the first item.",
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
    "Notify.channels": "Where notices go.",
    "Notify.every_s": "How often `shadow notify` judges anew.",
    "Notify.most_per_hour": "Messages per channel and hour; the last one of an hour holds all that is left.",
    "NotifyChannel.name": "What it is called in logs; what is unsent is kept by this name.",
    "NotifyChannel.url": "`https://…` for a webhook, or a URL of Apprise: `mailto://`, `slack://`, …; shown nowhere.",
    "NotifyChannel.format": "What a webhook gets: `json` fields, or `slack`, one `text` as Mattermost takes it too.",
    "NotifyChannel.events": "What is told: `verdict`, `divergence`, `gap`, `breaker`, `budget`.",
} | CRITERIA_MEANINGS


def meaning_of(section: str, key: str) -> str:
    """Return the sentence for a key of a section, such as ("Mirror", "tee_bytes"). Raises KeyError."""
    return MEANINGS[f"{section}.{key}"]
