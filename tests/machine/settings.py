"""The settings that tests run with. They hide the machine's own environment and `.env`."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.fernet import Fernet

# Every setting of the program; one that a test does not set is empty, which means its default.
NAMES = [
    *("PORT", "HOST", "BASE_URL", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "ENCRYPTION_KEYS"),
    *("OWNER_EMAIL", "OWNER_PASSWORD", "DELIVERY_ALLOW_NETWORKS", "DELIVERY_ALLOW_HTTP"),
    *("DELIVERY_ALLOW_PORTS", "SMTP_URL", "SMTP_FROM", "RETENTION_DAYS", "TRUSTED_PROXIES", "LOG_FORMAT"),
    "WEB_PROCESSES",
    *("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_NAME", "OIDC_ROLE_CLAIM", "OIDC_ROLES"),
    *("PRODUCTION", "INSTANCE_DIR", "PORTAL_FRAME_ANCESTORS"),
]

SECRET_KEY = "a secret key of the tests, never used elsewhere"
# With this among the settings of a process, the DNS of its machine is silent about names under `silent.example`.
SILENT_NAMES = {"PYTHONPATH": str(Path(__file__).parent / "silent_names")}
ENCRYPTION_KEYS = f"k1:{Fernet.generate_key().decode()}"


def settings_for(instance_dir: Path, **changes: str) -> dict[str, str]:
    """Settings with their own instance folder, which may deliver to receivers on this machine."""
    return {
        **dict.fromkeys(NAMES, ""),
        "INSTANCE_DIR": str(instance_dir),
        "SECRET_KEY": SECRET_KEY,
        "ENCRYPTION_KEYS": ENCRYPTION_KEYS,
        "DELIVERY_ALLOW_NETWORKS": "127.0.0.0/8,::1/128",
        "DELIVERY_ALLOW_HTTP": "1",
        "DELIVERY_ALLOW_PORTS": "*",
        **changes,
    }


def environment(settings: dict[str, str]) -> dict[str, str]:
    """The environment for a process that runs with these settings."""
    return {**os.environ, "PYTHONUNBUFFERED": "1", **settings}
