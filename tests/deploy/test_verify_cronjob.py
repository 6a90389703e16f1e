"""The CronJob of the nightly data check: its configuration loads, its command exists, and it stops at a verdict."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from shadow import errors
from shadow.validation import parse_config


@pytest.fixture(scope="module")
def objects() -> dict[str, Any]:
    path = Path(__file__).parents[2] / "deploy" / "kubernetes" / "verify-cronjob.yaml"
    return {one["kind"]: one for one in yaml.safe_load_all(path.read_text())}


def pod(objects: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = objects["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    return found


def test_the_configuration_is_valid_and_holds_no_password(objects: dict[str, Any]) -> None:
    text = objects["ConfigMap"]["data"]["shadow.yaml"]
    (container,) = pod(objects)["containers"]
    config = parse_config(text, "shadow.yaml", {one["name"]: "s" * 32 for one in container["env"]})
    assert config.verify is not None
    assert config.verify.old.startswith(f"postgresql://verifier:{'s' * 32}@old-db:5432/shop?sslmode=verify-full")
    assert all("valueFrom" in one for one in container["env"])


def test_the_command_exists(objects: dict[str, Any], known: Callable[[list[str]], None]) -> None:
    (container,) = pod(objects)["containers"]
    known(container["command"])


def test_a_verdict_ends_the_job_and_every_one_is_named(objects: dict[str, Any]) -> None:
    rules = objects["CronJob"]["spec"]["jobTemplate"]["spec"]["podFailurePolicy"]["rules"]
    (codes,) = [rule["onExitCodes"]["values"] for rule in rules if rule["action"] == "FailJob"]
    assert codes == [
        errors.EXIT_USAGE, errors.EXIT_ENVIRONMENT, errors.EXIT_FAIL, errors.EXIT_INCONCLUSIVE, errors.EXIT_ERROR
    ]  # fmt: skip
    assert pod(objects)["restartPolicy"] == "Never", "a policy for failures needs it"


def test_everything_that_is_mounted_exists(objects: dict[str, Any]) -> None:
    (container,) = pod(objects)["containers"]
    volumes = {volume["name"]: volume for volume in pod(objects)["volumes"]}
    assert {mount["name"] for mount in container["volumeMounts"]} == volumes.keys()
    claim = volumes["ledger"]["persistentVolumeClaim"]["claimName"]
    assert claim == objects["PersistentVolumeClaim"]["metadata"]["name"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert f"path: {mounts['ledger']}/" in objects["ConfigMap"]["data"]["shadow.yaml"]
