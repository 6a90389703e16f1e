"""The typed tree of `shadow.yaml`; every field has a default or is required, nothing is read from elsewhere.

Fields that end in `_bytes` also accept text such as `64MiB` in the file; fields that end in `_s` are seconds,
in `_ratio` shares between 0 and 1.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from shadow.config.again import Noise, Reask
from shadow.config.contract import Identity, Mapping
from shadow.config.criteria import Approval as Approval
from shadow.config.criteria import Completeness as Completeness
from shadow.config.criteria import Counter as Counter
from shadow.config.criteria import Coverage as Coverage
from shadow.config.criteria import Data as Data
from shadow.config.criteria import ErrorRate as ErrorRate
from shadow.config.criteria import Gate as Gate
from shadow.config.criteria import Group as Group
from shadow.config.criteria import Latency as Latency
from shadow.config.criteria import Load as Load
from shadow.config.criteria import Metrics as Metrics
from shadow.config.criteria import Objective as Objective
from shadow.config.criteria import Parity as Parity
from shadow.config.criteria import Sensitivity as Sensitivity
from shadow.config.criteria import Success as Success
from shadow.config.criteria import Trips as Trips
from shadow.config.notices import Notify
from shadow.config.notices import NotifyChannel as NotifyChannel
from shadow.config.section import Bytes, Count, NotNegative, Positive, Ratio
from shadow.config.section import Section as Section
from shadow.config.verification import Invariant as Invariant
from shadow.config.verification import Pause as Pause
from shadow.config.verification import TablePair as TablePair
from shadow.config.verification import Verify as Verify


class ListenTls(Section, frozen=True, kw_only=True):
    """TLS on the listener. The files are read again when they change."""

    certificate: str
    key: str = ""
    client_ca: str = ""


class LegTls(Section, frozen=True, kw_only=True):
    """TLS to a leg whose URL is `https://`."""

    ca: str = ""
    certificate: str = ""
    key: str = ""
    server_name: str = ""
    verify: bool = True


class Primary(Section, frozen=True, kw_only=True):
    """The old backend, whose answers the clients get."""

    url: str
    build: str = ""
    build_header: str = ""
    connect_timeout_s: Positive = 5.0
    timeout_s: Positive = 60.0
    connections: Count = 256
    dns_cache_s: NotNegative = 30.0
    tls: LegTls = LegTls()


class ShadowLeg(Section, frozen=True, kw_only=True):
    """Candidate or secondary. `store: own` declares that the leg writes to a database of its own."""

    url: str
    build: str = ""
    build_header: str = ""
    store: Literal["shared", "own"] = "shared"
    connect_timeout_s: Positive = 3.0
    timeout_s: Positive = 10.0
    connections: Count = 32
    breaker_failures: Count = 5
    breaker_open_s: Positive = 60.0
    dns_cache_s: NotNegative = 30.0
    tls: LegTls = LegTls()
    backoff_first_s: NotNegative = 1.0
    backoff_factor: Annotated[float, Meta(ge=1)] = 1.5
    backoff_most_s: NotNegative = 30.0
    backoff_jitter_ratio: Ratio = 0.2


class Mirror(Section, frozen=True, kw_only=True):
    """The processes and their bounds."""

    listeners: Count = 1
    senders: Count = 1
    comparers: Count = 1
    sample_ratio: Ratio = 1.0
    max_body_bytes: Bytes = 1024 * 1024
    tee_bytes: Bytes = 64 * 1024 * 1024
    max_header_bytes: Bytes = 64 * 1024
    max_headers: Count = 256
    head_timeout_s: Positive = 60.0
    idle_timeout_s: Positive = 75.0
    tunnel_idle_s: Positive = 3600.0
    linger_s: NotNegative = 5.0
    drain_s: NotNegative = 10.0
    pause_lag_s: NotNegative = 0.1
    hang_s: NotNegative = 10.0
    pin: Literal["auto", "off"] = "auto"
    judge: Literal["candidate", "secondary"] = "candidate"


class Route(Section, frozen=True, kw_only=True):
    """A route the user names: `endpoint` is method and template (`POST /search`, `GET /orders/{id}`, `* /a/*`).

    `mirror: safe` (default) mirrors safe methods only, `read_only` declares that this unsafe method reads,
    `writes` lets it write to legs declared `store: own`, `never` keeps the route from every shadow leg.
    `rate_per_s` bounds the copies of the route, never its live traffic; `burst` of them may come at once.
    """

    endpoint: str
    mirror: Literal["safe", "read_only", "writes", "never"] = "safe"
    sample_ratio: Ratio | None = None
    rate_per_s: Positive | None = None
    burst: Count | None = None


class Endpoints(Section, frozen=True, kw_only=True):
    """Where endpoint templates come from besides `routes`: an OpenAPI document, then fixed patterns."""

    openapi: str = ""
    max_segments: Count = 8


class Rule(Section, frozen=True, kw_only=True):
    """A governed statement about a difference. `path` uses the dialect of docs/rules.md, `*` is one segment.

    `to` is the new name that a `rename` gives to the last member of the path, `values` what `map` and `expect` take
    for what (old to new, each a JSON literal or else text), `happens` how often an `expect` has to come true.
    """

    id: str
    what: Literal["ignore", "tolerate", "expect", "rename", "map"] = "ignore"
    endpoint: str
    path: str
    kinds: tuple[str, ...] = ()
    absolute: NotNegative = 0.0
    relative: NotNegative = 0.0
    seconds: NotNegative = 0.0
    to: str = ""
    values: dict[str, str] = msgspec.field(default_factory=dict)
    happens: Literal["always", "sometimes"] = "always"
    owner: str
    reason: str
    created: str
    expires: str
    ticket: str = ""


class ListKey(Section, frozen=True, kw_only=True):
    """The member by which the items of a list are paired, where it is not one that is recognised."""

    path: str
    key: Annotated[str, Meta(min_length=1)]


class Protobuf(Section, frozen=True, kw_only=True):
    """Which messages protobuf bodies are; without `descriptors` they are compared as bytes.

    `messages` are full names by endpoint, by what the content type calls a message, or `*` for all others.
    """

    descriptors: str = ""
    messages: dict[str, str] = msgspec.field(default_factory=dict)


class Compare(Section, frozen=True, kw_only=True):
    """Limits of one comparison, and the rules: those written here, then those of `rules_file`."""

    deadline_s: Positive = 0.25
    max_depth: Count = 64
    max_decoded_bytes: Bytes = 16 * 1024 * 1024
    max_differences: Count = 200
    volatile_headers: tuple[str, ...] = ()
    unordered: tuple[str, ...] = ()
    list_keys: tuple[ListKey, ...] = ()
    protobuf: Protobuf = Protobuf()
    self_proof_ratio: Ratio = 0.01
    rules_file: str = ""
    rules: tuple[Rule, ...] = ()
    noise: Noise = Noise()
    reask: Reask = Reask()


class Redact(Section, frozen=True, kw_only=True):
    """What is replaced by keyed hashes before anything is stored; the defaults are always added."""

    headers: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    key: str = ""


class Ledger(Section, frozen=True, kw_only=True):
    """The store of evidence."""

    path: str = "shadow-out/ledger.db"
    block_s: Positive = 300.0
    examples: Count = 5
    max_endpoints: Count = 500


class Control(Section, frozen=True, kw_only=True):
    """The control API's two addresses; an empty one is not opened.

    `probes` serves health and metrics to anyone who reaches it, `api` everything to whoever has the token.
    """

    api: str = "127.0.0.1:9900"
    probes: str = "127.0.0.1:9901"
    token: str = ""
    names: tuple[str, ...] = ()


class Config(Section, frozen=True, kw_only=True):
    """The whole of `shadow.yaml`."""

    listen: str = "127.0.0.1:8080"
    tls: ListenTls | None = None
    primary: Primary
    candidate: ShadowLeg
    secondary: ShadowLeg | None = None
    client_key: str = ""
    mirror: Mirror = Mirror()
    routes: tuple[Route, ...] = ()
    endpoints: Endpoints = Endpoints()
    mapping: tuple[Mapping, ...] = ()
    identity: Identity = Identity()
    compare: Compare = Compare()
    redact: Redact = Redact()
    ledger: Ledger = Ledger()
    control: Control = Control()
    verify: Verify | None = None
    gate: Gate = Gate()
    notify: Notify = Notify()
    out: str = "shadow-out"
