"""The Helm chart as helm renders it, and the tools that are needed for it."""

import base64
import os
import shutil
import subprocess
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.tools.building import built
from tests.support.deployment import ROOT

CHART = ROOT / "deploy" / "helm" / "duban"
# The newest whose schemas kubernetes-validate has, and the oldest that Chart.yaml allows and it has.
KUBERNETES = ("1.27.1", "1.37.0")

# What a site has to say.
SITE: dict[str, Any] = {
    "kafka": {"bootstrap": "kafka-0.kafka:9092,kafka-1.kafka:9092"},
    "secrets": {
        f"{service}Dsn": f"postgresql://{service}:p-{service}@db:5432/{service}"
        for service in ("projects", "energy", "alerts")
    },
    "consoleUrl": "https://duban.example.gov.cn",
    "pagesUrl": "https://alerts.example.gov.cn",
    "mail": {"host": "mail.example.gov.cn"},
}
# With all that may be there.
EVERYTHING: dict[str, Any] = {
    "autoscaling": {"mode": "hpa"},
    "archive": {"enabled": True},
    "feedFolders": {"enabled": True, "storageClass": "shared"},
    "authoritiesConfigMap": "authorities",
    "leakedPasswordsClaim": "leaked-passwords",
    "trustedProxies": ["10.42.0.0/16"],
    "consoleTrustedProxies": ["10.42.0.0/16", "10.9.9.9"],
    "webhookAllowedHosts": ["qyapi.weixin.qq.com", "oapi.dingtalk.com"],
    "settings": {
        "common": {"DUBAN_OIDC_ISSUER": "https://login.example.gov.cn", "DUBAN_LOG_LEVEL": "DEBUG"},
        "projects": {
            "DUBAN_SEPARATE_ADMINISTRATORS": "true",
            "DUBAN_IMPORT_MAX_EXPANDED_BYTES": "2147483648",
        },
        "energy": {"DUBAN_FEED_ALLOWED_HOSTS": "broker.example.com:8883"},
        "alerts": {"DUBAN_SMTP_TLS": "starttls", "DUBAN_SMTP_USER": "duban"},
        "console": {"DUBAN_OIDC_SCOPE": "openid profile offline_access"},
    },
    "secrets": {
        "previousSecretKeys": "o" * 40,
        "securityPassword": "Keep-the-keys-9",
        "smtpPassword": "mail-word",
        "oidcClientSecret": "client-word",
    },
    "ingress": {
        "enabled": True,
        "className": "nginx",
        "hosts": {
            "console": "duban.example.gov.cn",
            **{name: f"{name}.example.gov.cn" for name in ("projects", "energy", "alerts")},
        },
        "tlsSecret": "duban-tls",
    },
    "networkPolicy": {
        "database": {"peers": [{"podSelector": {"matchLabels": {"app": "postgres"}}}]},
        "kafka": {"peers": [{"podSelector": {"matchLabels": {"app": "kafka"}}}]},
        "monitoring": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}],
        "tracing": {"peers": [{"podSelector": {"matchLabels": {"app": "collector"}}}]},
        "mail": [{"ipBlock": {"cidr": "10.1.2.3/32"}}],
        "receivers": [{"ipBlock": {"cidr": "10.1.2.4/32"}}],
        "scanner": {"peers": [{"ipBlock": {"cidr": "10.1.2.5/32"}}]},
        "utilities": {"peers": [{"ipBlock": {"cidr": "10.9.0.0/16"}}]},
        "cells": {"peers": [{"ipBlock": {"cidr": "10.8.0.0/16"}}]},
    },
}


def tool(name: str) -> Path:
    """The tool; the test is skipped with the reason where it cannot be there, and fails where it has to be."""
    found = built(name)
    if found is not None:
        return found
    reason = "Go is not installed" if shutil.which("go") is None else "make tools was not run"
    if os.environ.get("CI"):
        pytest.fail(f"{name} is not built: {reason}")
    pytest.skip(f"{name} is not built: {reason}")


def merged(*values: dict[str, Any]) -> dict[str, Any]:
    """The later over the earlier, object by object, as helm does."""
    result: dict[str, Any] = {}
    for layer in values:
        for key, value in layer.items():
            both = isinstance(value, dict) and isinstance(result.get(key), dict)
            result[key] = merged(result[key], value) if both else deepcopy(value)
    return result


def helm(*arguments: str, values: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    command = [str(tool("helm")), *arguments, "--values", "-"]
    return subprocess.run(
        command, input=yaml.safe_dump(values), capture_output=True, text=True, timeout=120, check=False
    )


def render(*values: dict[str, Any], kubernetes: str = KUBERNETES[-1]) -> list[dict[str, Any]]:
    """The manifests of a release named office in the namespace duban."""
    command = ("template", "office", str(CHART), "--namespace", "duban", "--kube-version", kubernetes)
    done = helm(*command, values=merged(SITE, *values))
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def refusal(*values: dict[str, Any]) -> str:
    """What helm says of values that it does not take."""
    command = ("template", "office", str(CHART), "--kube-version", KUBERNETES[-1])
    done = helm(*command, values=merged(SITE, *values))
    assert done.returncode != 0
    return done.stderr


def of_kind(manifests: list[dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in manifests if one["kind"] == kind}


def pod(workload: dict[str, Any]) -> dict[str, Any]:
    """The pod's specification of a Deployment, Job or CronJob."""
    spec: dict[str, Any] = workload["spec"]
    if workload["kind"] == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    template: dict[str, Any] = spec["template"]["spec"]
    return template


def secret_files(workload: dict[str, Any], secret: dict[str, str]) -> dict[str, str]:
    """The files that the workload's container finds in its folder of secrets, with their text."""
    found = {}
    (volume,) = (volume for volume in pod(workload)["volumes"] if volume["name"] == "secrets")
    for source in volume["projected"]["sources"]:
        for item in source["secret"]["items"]:
            if item["key"] in secret:
                found[item["path"]] = base64.b64decode(secret[item["key"]]).decode()
            else:
                assert source["secret"].get("optional"), f"{item['key']} is needed and not in the Secret"
    return found
