"""One demo run from the empty folder to the verdict."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import msgspec

from shadow.clock import Clock, SystemClock
from shadow.demo.example import Example
from shadow.demo.expected import Account, Verdict, account_for, load_plants
from shadow.demo.folder import prepare_folder
from shadow.demo.processes import Processes, free_port
from shadow.demo.screen import Screen
from shadow.errors import EXIT_FAIL, EXIT_PASS, EnvironmentFailure

DRAIN_S = 60.0
JUDGED = frozenset({0, 10, 11, 12})
"""Exit codes of verify and gate that are answers; the others mean that they could not do their work."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a run is asked for. `rate` is in requests per second, 0 as fast as it goes."""

    out: Path
    fixed: bool = False
    requests: int = 5000
    rate: float = 300.0
    seed: int = 1


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of the client's summary."""

    failed: int


def run_demo(example: Example, settings: Settings, screen: Screen, clock: Clock | None = None) -> int:
    """Run the example and return 0 where it ended as it has to, 10 where it did not.

    Raises EnvironmentFailure where a part of it cannot be started or fails.
    """
    out = settings.out.resolve()
    ports = {name: free_port() for name in ("listen", "primary", "secondary", "candidate")}
    environment = {f"ORDERS_{name.upper()}": f"http://127.0.0.1:{port}" for name, port in ports.items()}
    environment |= {"ORDERS_LISTEN": f"127.0.0.1:{ports['listen']}", "ORDERS_OUT": str(out)}
    prepare_folder(out)
    with Processes(out, environment) as processes:
        run = Run(example, settings, screen, processes, out, clock or SystemClock())
        run.make_databases()
        run.start_backends(ports)
        run.mirror_traffic(ports["listen"])
        run.compare_data()
        verdict = run.judge()
    planted = () if settings.fixed else load_plants(example.plants)
    account = account_for(verdict, planted, settings.requests)
    screen.judgement(verdict, account, planted=len(planted), requests=settings.requests)
    screen.ending(account, out / "report.html")
    return exit_code(account)


def exit_code(account: Account) -> int:
    """Return 0 for the expected end, 10 for any other."""
    return EXIT_PASS if account.is_expected else EXIT_FAIL


class Run:
    """The steps of one run, in order."""

    def __init__(
        self, example: Example, settings: Settings, screen: Screen, processes: Processes, out: Path, clock: Clock
    ) -> None:
        self._example = example
        self._settings = settings
        self._screen = screen
        self._processes = processes
        self._out = out
        self._clock = clock
        self._fixed = ["--fixed"] if settings.fixed else []

    def make_databases(self) -> None:
        """Create the old database, copy it for the secondary, and migrate it for the candidate."""
        old, secondary, new = (str(self._out / f"{name}.db") for name in ("old", "secondary", "new"))
        self._must("seed", self._example.command("seed.py", "--db", old))
        shutil.copyfile(old, secondary)
        self._must("migrate", self._example.command("migrate.py", "--old", old, "--new", new, *self._fixed))
        self._screen.step("Databases: 2,000 customers and 20,000 orders, copied and migrated.")

    def start_backends(self, ports: dict[str, int]) -> None:
        """Start primary, secondary and candidate, and wait for each."""
        started = {
            "primary": self._serve("primary", "old_service.py", "old.db", ports),
            "secondary": self._serve("secondary", "old_service.py", "secondary.db", ports),
            "candidate": self._serve("candidate", "new_service.py", "new.db", ports, *self._fixed),
        }
        for name, process in started.items():
            self._processes.wait_listening(name, process, ports[name])
        kind = "corrected" if self._settings.fixed else "with its planted divergences"
        self._screen.step(f"Backends: Flask as primary and as secondary, FastAPI as candidate ({kind}).")

    def _serve(
        self, name: str, script: str, database: str, ports: dict[str, int], *flags: str
    ) -> subprocess.Popen[str]:
        arguments = ("--db", str(self._out / database), "--port", str(ports[name]), *flags)
        return self._processes.start(name, self._example.command(script, *arguments))

    def mirror_traffic(self, port: int) -> None:
        """Start the mirror, send the traffic through it, and let it drain."""
        mirror = self._processes.start("mirror", self._shadow("mirror", "--log-format", "console"))
        self._processes.wait_listening("mirror", mirror, port)
        began = self._clock.monotonic()
        failed = self._send(port)
        mirror.send_signal(signal.SIGTERM)
        try:
            code = mirror.wait(DRAIN_S)
        except subprocess.TimeoutExpired:
            raise EnvironmentFailure(
                f"the mirror did not drain within {DRAIN_S:g} s: {self._processes.end_of('mirror')}",
                self._processes.advice("mirror"),
            ) from None
        if code != 0:
            raise EnvironmentFailure(
                f"the mirror ended with {code}: {self._processes.end_of('mirror')}", self._processes.advice("mirror")
            )
        took = self._clock.monotonic() - began
        if failed:
            raise EnvironmentFailure(
                f"the client saw {failed} wrong or failed answers.", self._processes.advice("traffic")
            )
        requests = self._settings.requests
        self._screen.step(f"Mirror: {requests:,} requests answered and mirrored, drained after {took:.1f} s.")

    def _send(self, port: int) -> int:
        """Send the traffic from a process of its own and return how many answers were wrong."""
        asked = self._settings
        command = self._example.command(
            "traffic.py", "--url", f"http://127.0.0.1:{port}", "--requests", str(asked.requests),
            "--rate", str(asked.rate), "--seed", str(asked.seed), "--record", str(self._out / "traffic-answers.log"),
        )  # fmt: skip
        summary = ""
        with self._screen.traffic(asked.requests) as advance:
            for line in self._processes.lines("traffic", command):
                words = line.split()
                if words[:1] == ["progress"]:
                    advance(int(words[1]))
                elif words[:1] != ["exit"]:
                    summary = line
        if not summary.startswith("{"):
            raise EnvironmentFailure(
                f"the client broke off: {self._processes.end_of('traffic')}", self._processes.advice("traffic")
            )
        self._processes.log_of("traffic").write_text(summary + "\n", encoding="utf-8")
        return msgspec.json.decode(summary, type=Sent).failed

    def compare_data(self) -> None:
        """Run the data check as a user would."""
        self._must("verify", self._shadow("verify", "run"), JUDGED)
        self._screen.step("Data: every row and column of 9 pairs of tables compared.")

    def judge(self) -> Verdict:
        """Run the gate and render the report, and return the verdict of the result document."""
        result = self._out / "result.json"
        code = self._must("gate", [*self._shadow("gate"), "--json", "--out", str(self._out / "gate.json")], JUDGED)
        page = str(self._out / "report.html")
        self._must("report", [*self._shadow("report"), "--out", page, "--json-out", str(result)])
        self._screen.step(f"Gate: exit code {code}.")
        return msgspec.json.decode(result.read_bytes(), type=Verdict)

    def _shadow(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "shadow", *words, "-c", str(self._example.config)]

    def _must(self, name: str, command: list[str], allowed: frozenset[int] = frozenset({0})) -> int:
        """Run a command to its end. Raises EnvironmentFailure with the end of its log where it failed."""
        code = self._processes.run(name, command)
        if code not in allowed:
            raise EnvironmentFailure(
                f"{name} ended with {code}: {self._processes.end_of(name)}", self._processes.advice(name)
            )
        return code
