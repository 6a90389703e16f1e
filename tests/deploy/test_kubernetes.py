"""The sidecar: ports, probes, paths and times of the manifest are those of the configuration in it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shadow.config.model import Config
from shadow.keeper.gauges import HUNG_S
from shadow.ledger.database import BUSY_S
from shadow.mirror import child
from shadow.wire.address import parse_listen, parse_url

Objects = dict[tuple[str, str], Any]


@pytest.fixture(scope="module")
def pod(objects: Objects) -> dict[str, Any]:
    return dict(objects["StatefulSet", "orders"]["spec"]["template"]["spec"])


@pytest.fixture(scope="module")
def containers(pod: dict[str, Any]) -> dict[str, Any]:
    return {one["name"]: one for one in pod["containers"]}


def ports(container: dict[str, Any]) -> dict[str, int]:
    return {port["name"]: port["containerPort"] for port in container["ports"]}


def sleep_s(container: dict[str, Any]) -> float:
    word, seconds = container["lifecycle"]["preStop"]["exec"]["command"]
    assert word == "sleep"
    return float(seconds)


def test_ports_are_those_of_the_configuration(containers: dict[str, Any], pod_config: Config) -> None:
    named = ports(containers["shadow"])
    live, probes, api = (
        parse_listen(text) for text in (pod_config.listen, pod_config.control.probes, pod_config.control.api)
    )
    assert named == {"live": live.port, "probes": probes.port}
    # Reached from outside of the pod; the control API is not.
    assert (live.host, probes.host, api.host) == ("0.0.0.0", "0.0.0.0", "127.0.0.1")
    assert parse_url(pod_config.primary.url).port == ports(containers["primary"])["primary"]


def test_services_lead_to_named_ports(objects: Objects, containers: dict[str, Any]) -> None:
    labels = objects["StatefulSet", "orders"]["spec"]["template"]["metadata"]["labels"]
    known = ports(containers["shadow"]) | ports(containers["primary"])
    services = {name: one for (kind, name), one in objects.items() if kind == "Service"}
    for service in services.values():
        assert service["spec"]["selector"].items() <= labels.items()
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= known.keys()
    assert services["orders"]["spec"]["ports"][0]["targetPort"] == "live"
    assert objects["StatefulSet", "orders"]["spec"]["serviceName"] in services


def test_nothing_but_the_live_path_decides_about_live_traffic(
    containers: dict[str, Any], pod_config: Config
) -> None:
    """A full disk, a lost candidate or a broken ledger must not take the pod out of its service, or restart it."""
    shadow = containers["shadow"]
    # Liveness asks whether a restart would help, and has far more patience than anything that mends itself.
    liveness = shadow["livenessProbe"]
    assert liveness["httpGet"] == {"path": "/health", "port": "probes"}
    patience_s = liveness["periodSeconds"] * liveness["failureThreshold"]
    assert patience_s > HUNG_S + BUSY_S + child._MOST_DELAY_S
    assert liveness["timeoutSeconds"] <= liveness["periodSeconds"]
    assert shadow["readinessProbe"]["httpGet"]["port"] == "live"
    path = shadow["readinessProbe"]["httpGet"]["path"]
    assert [route.mirror for route in pod_config.routes if route.endpoint == f"GET {path}"] == ["never"]


def test_it_takes_no_traffic_before_everything_works_once(containers: dict[str, Any]) -> None:
    probe = containers["shadow"]["startupProbe"]
    assert probe["httpGet"] == {"path": "/health/ready", "port": "probes"}
    assert probe["periodSeconds"] * probe["failureThreshold"] >= 60


def test_there_is_time_to_drain(
    pod: dict[str, Any], containers: dict[str, Any], pod_config: Config, drain_s: Callable[[Config], float]
) -> None:
    before = sleep_s(containers["shadow"])
    assert pod["terminationGracePeriodSeconds"] >= before + drain_s(pod_config) + 5
    # The old backend answers until the last live request has been answered.
    assert sleep_s(containers["primary"]) >= before + pod_config.mirror.drain_s + 5
    assert sleep_s(containers["primary"]) < pod["terminationGracePeriodSeconds"]


def test_the_ledger_lies_on_a_volume_that_outlives_the_pod(
    objects: Objects, containers: dict[str, Any], pod_config: Config
) -> None:
    mounts = {mount["mountPath"]: mount for mount in containers["shadow"]["volumeMounts"]}
    folder = str(Path(pod_config.ledger.path).parent)
    claims = {one["metadata"]["name"]: one for one in objects["StatefulSet", "orders"]["spec"]["volumeClaimTemplates"]}
    claim = claims[mounts[folder]["name"]]
    assert claim["spec"]["accessModes"] == ["ReadWriteOnce"]
    assert "readOnly" not in mounts[folder]
    assert pod_config.out == folder


def test_everything_that_is_written_has_a_place(pod: dict[str, Any], containers: dict[str, Any]) -> None:
    shadow = containers["shadow"]
    assert shadow["securityContext"]["readOnlyRootFilesystem"] is True
    mounts = {mount["mountPath"]: mount["name"] for mount in shadow["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    assert "emptyDir" in volumes[mounts["/tmp"]]  # the run's sockets
    folder, name = shadow["args"][-1].rsplit("/", 1)
    assert volumes[mounts[folder]]["configMap"]["name"] == "orders-shadow"
    assert name == "shadow.yaml"


def test_it_may_do_nothing_that_it_does_not_need(pod: dict[str, Any], containers: dict[str, Any]) -> None:
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    own = containers["shadow"]["securityContext"]
    assert own["allowPrivilegeEscalation"] is False
    assert own["capabilities"] == {"drop": ["ALL"]}
    # The files keep the mirror's group, so that a volume that was attached elsewhere can be written.
    assert pod["securityContext"]["fsGroup"] == pod["securityContext"]["runAsGroup"]


def test_the_command_exists_and_its_variables_come_from_a_secret(
    objects: Objects, containers: dict[str, Any], known: Callable[[list[str]], None]
) -> None:
    shadow = containers["shadow"]
    known(["shadow", *shadow["args"]])
    text = objects["ConfigMap", "orders-shadow"]["data"]["shadow.yaml"]
    given = {one["name"]: one["valueFrom"]["secretKeyRef"] for one in shadow["env"]}
    assert set(re.findall(r"\$\{(\w+)\}", text)) == set(given)
    assert {ref["name"] for ref in given.values()} == {"orders-shadow"}


def test_the_secret_that_is_told_to_be_made_has_the_keys(deploy: Path, containers: dict[str, Any]) -> None:
    text = (deploy / "kubernetes" / "sidecar.yaml").read_text("utf-8")
    told = set(re.findall(r"--from-literal=([a-z-]+)=", text))
    assert told == {one["valueFrom"]["secretKeyRef"]["key"] for one in containers["shadow"]["env"]}
    assert "create secret generic orders-shadow " in text


def test_memory_has_a_limit_above_the_bound_and_the_processor_none(
    containers: dict[str, Any], pod_config: Config, bound_bytes: Callable[[Config], int]
) -> None:
    resources = containers["shadow"]["resources"]
    assert set(resources["limits"]) == {"memory"}
    limit = {"Mi": 2**20, "Gi": 2**30}[resources["limits"]["memory"][-2:]] * int(resources["limits"]["memory"][:-2])
    assert bound_bytes(pod_config) <= limit
    # Not far above either: a limit says what is needed.
    assert limit < 2 * bound_bytes(pod_config)


def test_metrics_are_scraped_where_they_are(objects: Objects, pod_config: Config) -> None:
    notes = objects["StatefulSet", "orders"]["spec"]["template"]["metadata"]["annotations"]
    assert notes["prometheus.io/port"] == str(parse_listen(pod_config.control.probes).port)
    assert notes["prometheus.io/path"] == "/metrics"


def test_the_command_that_takes_it_out_leads_to_the_old_backend(
    page: str, objects: Objects, containers: dict[str, Any]
) -> None:
    found = re.search(r"`kubectl patch service (\S+) --type=json -p '(.+?)'`", page)
    assert found is not None
    (step,) = json.loads(found[2])
    assert step["op"] == "replace"
    place: Any = objects["Service", found[1]]
    *parents, last = step["path"].strip("/").split("/")
    for part in parents:
        place = place[int(part) if isinstance(place, list) else part]
    assert place[last] == "live"
    assert ports(containers["primary"])[step["value"]] != ports(containers["shadow"])["live"]


def test_the_command_that_pauses_a_pod_is_one_of_its_container(
    page: str, objects: Objects, containers: dict[str, Any], known: Callable[[list[str]], None]
) -> None:
    found = re.search(r"kubectl exec (\S+)-0 -c (\S+) -- (shadow pause .+)", page)
    assert found is not None
    assert ("StatefulSet", found[1]) in objects
    container = containers[found[2]]
    words = found[3].split()
    known(words)
    assert words[-2:] == container["args"][-2:]
    # The API listens on the pod's loopback, and the token is in the container's environment.
    assert "SHADOW_CONTROL_TOKEN" in {one["name"] for one in container["env"]}
