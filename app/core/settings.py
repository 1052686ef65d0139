"""Every setting, from the environment or `.env`, checked once at start.

A wrong value stops the program with one sentence that says how to mend it (`SettingsError`).
Nothing else in the program reads the environment.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from dotenv import dotenv_values
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from app.core.mailer import MailServer, parse_smtp_url
from app.core.origins import origins_in
from app.core.single_sign_on import SingleSignOn, read_single_sign_on
from app.outbound import OutboundPolicy

LEAST_TOKEN = 16
# While a private Redis runs, it is told here how to reach it.
PRIVATE_REDIS = Path("redis", "address")
ROOT = Path(__file__).resolve().parents[2]


class SettingsError(ValueError):
    """A setting is wrong; the text is a sentence for the person who starts the program."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the program runs with. Made by `read_settings`."""

    instance_dir: Path
    host: str
    port: int
    base_url: str
    database_url: str
    redis_url: str | None
    secret_key: str
    encryption_keys: tuple[tuple[str, str], ...]
    owner_email: str | None
    owner_password: str | None
    allow_networks: tuple[IPv4Network | IPv6Network, ...]
    allow_http: bool
    allow_ports: frozenset[int] | None
    mail_server: MailServer | None
    retention_days: int
    trusted_proxies: int
    log_format: str
    production: bool
    metrics_token: str | None = None
    portal_frame_ancestors: tuple[str, ...] = ()
    single_sign_on: SingleSignOn | None = None

    @property
    def secure(self) -> bool:
        """True when people reach the dashboard over https, so that cookies may demand it."""
        return self.base_url.startswith("https://")

    @property
    def inbox_prefix(self) -> str:
        """The start of every built-in test address."""
        return f"{self.base_url}/inbox/"

    def outbound_policy(self) -> OutboundPolicy:
        """What the one way out may dial, from these settings (security.md)."""
        return OutboundPolicy(
            allow_networks=self.allow_networks,
            allow_http=self.allow_http,
            allow_ports=self.allow_ports,
            own_inbox=self.inbox_prefix,
        )


def read_settings(overrides: Mapping[str, str] | None = None) -> Settings:
    """Read and check all settings.

    `overrides` are environment-style names and values that win over the environment, which wins over
    `.env`. Raises `SettingsError` with one sentence for the first setting that is wrong.
    """
    env = {**_dotenv(), **os.environ, **(overrides or {})}
    instance = Path(env.get("INSTANCE_DIR") or ROOT / "instance").resolve()
    instance.mkdir(parents=True, exist_ok=True)
    production = _flag(env, "PRODUCTION")
    port = _whole(env, "PORT", 8000, 1, 65535)
    host = env.get("HOST") or "127.0.0.1"
    base_url = _base_url(env, host, port)
    allow_http = _flag(env, "DELIVERY_ALLOW_HTTP")
    return Settings(
        instance_dir=instance,
        host=host,
        port=port,
        base_url=base_url,
        database_url=_database_url(env, instance),
        redis_url=_redis_url(env, instance),
        secret_key=_kept_secret(env, "SECRET_KEY", instance, production, _new_secret_key),
        encryption_keys=_encryption_keys(env, instance, production),
        owner_email=env.get("OWNER_EMAIL") or None,
        owner_password=env.get("OWNER_PASSWORD") or None,
        allow_networks=_networks(env),
        allow_http=allow_http,
        allow_ports=_ports(env, allow_http),
        mail_server=_mail_server(env, base_url),
        retention_days=_whole(env, "RETENTION_DAYS", 90, 1, 3650),
        trusted_proxies=_whole(env, "TRUSTED_PROXIES", 0, 0, 10),
        log_format=_choice(env, "LOG_FORMAT", "text", ("text", "json")),
        production=production,
        metrics_token=_metrics_token(env),
        portal_frame_ancestors=_frame_ancestors(env),
        single_sign_on=_single_sign_on(env),
    )


def _dotenv() -> dict[str, str]:
    """What `.env` says. Raises `SettingsError` for a file that is no text in UTF-8."""
    try:
        return {k: v for k, v in dotenv_values(ROOT / ".env").items() if v is not None}
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SettingsError(f"The file .env is not text in UTF-8: look at line {line}.") from None


def _flag(env: Mapping[str, str], name: str) -> bool:
    value = (env.get(name) or "0").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise SettingsError(f"{name} must be 0 or 1, not {value!r}.")


def _whole(env: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = env.get(name) or str(default)
    if text.isascii() and text.isdigit() and low <= int(text) <= high:
        return int(text)
    raise SettingsError(f"{name} must be a whole number from {low} to {high}, not {text!r}.")


def _choice(env: Mapping[str, str], name: str, default: str, choices: tuple[str, ...]) -> str:
    value = env.get(name) or default
    if value not in choices:
        raise SettingsError(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
    return value


def _base_url(env: Mapping[str, str], host: str, port: int) -> str:
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 (compared, not bound)
    url = (env.get("BASE_URL") or f"http://{shown}:{port}").rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise SettingsError(f"BASE_URL must look like https://hooks.example.com, not {url!r}.")
    return url


def _database_url(env: Mapping[str, str], instance: Path) -> str:
    text = env.get("DATABASE_URL") or f"sqlite:///{instance / 'hookdesk.db'}"
    if text.startswith("postgres://"):  # the short form that hosting services hand out
        text = "postgresql://" + text.removeprefix("postgres://")
    try:
        url = make_url(text)
    except ArgumentError:
        raise SettingsError(
            "DATABASE_URL is not a database address. Write sqlite:////path/to/file.db"
            " or postgresql://user:password@host/name."
        ) from None
    backend = url.get_backend_name()
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    if backend == "sqlite":
        return text
    raise SettingsError(f"DATABASE_URL must start with sqlite or postgresql, not {backend!r}.")


def _redis_url(env: Mapping[str, str], instance: Path) -> str | None:
    """The setting, or the private Redis of a program that runs now on this instance folder (`ops`)."""
    url = env.get("REDIS_URL") or _private_redis(instance / PRIVATE_REDIS)
    if url and not url.startswith(("redis://", "rediss://", "unix://")):
        raise SettingsError("REDIS_URL must start with redis://, rediss:// or unix://.")
    return url


def _frame_ancestors(env: Mapping[str, str]) -> tuple[str, ...]:
    try:
        return origins_in(env.get("PORTAL_FRAME_ANCESTORS") or "")
    except ValueError as error:
        raise SettingsError(
            "PORTAL_FRAME_ANCESTORS must list origins such as https://app.example.com, separated by commas,"
            f" not {str(error)!r}."
        ) from None


def _mail_server(env: Mapping[str, str], base_url: str) -> MailServer | None:
    if not (url := env.get("SMTP_URL")):
        return None
    try:
        return parse_smtp_url(url, env.get("SMTP_FROM") or None, urlsplit(base_url).hostname or "localhost")
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _private_redis(address: Path) -> str | None:
    try:
        return address.read_text().strip() or None
    except OSError:
        return None


def _metrics_token(env: Mapping[str, str]) -> str | None:
    token = env.get("METRICS_TOKEN") or None
    if token and len(token) < LEAST_TOKEN:
        raise SettingsError(f"METRICS_TOKEN must be at least {LEAST_TOKEN} characters long.")
    return token


def _single_sign_on(env: Mapping[str, str]) -> SingleSignOn | None:
    try:
        return read_single_sign_on(env)
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _networks(env: Mapping[str, str]) -> tuple[IPv4Network | IPv6Network, ...]:
    parts = [p.strip() for p in (env.get("DELIVERY_ALLOW_NETWORKS") or "").split(",") if p.strip()]
    try:
        return tuple(ip_network(part) for part in parts)
    except ValueError as error:
        raise SettingsError(
            f"DELIVERY_ALLOW_NETWORKS must list networks such as 10.1.0.0/16, separated by commas: {error}."
        ) from None


def _ports(env: Mapping[str, str], allow_http: bool) -> frozenset[int] | None:
    text = (env.get("DELIVERY_ALLOW_PORTS") or "").strip()
    if text == "*":
        return None
    if not text:
        return frozenset({443, 8443, 80} if allow_http else {443, 8443})
    parts = [p.strip() for p in text.split(",") if p.strip()]
    if not all(p.isascii() and p.isdigit() and 0 < int(p) < 65536 for p in parts):
        raise SettingsError("DELIVERY_ALLOW_PORTS must list port numbers separated by commas, or be *.")
    return frozenset(map(int, parts))


def _new_secret_key() -> str:
    return secrets.token_urlsafe(48)


def _new_encryption_key() -> str:
    return f"k1:{Fernet.generate_key().decode()}"


def _kept_secret(env: Mapping[str, str], name: str, instance: Path, production: bool, make) -> str:
    """The setting; in development a value made once and kept in the instance folder."""
    if value := env.get(name):
        if name == "SECRET_KEY" and len(value) < 16:
            raise SettingsError("SECRET_KEY must be at least 16 characters long.")
        return value
    if production:
        raise SettingsError(f"{name} must be set in production. Keep it secret and back it up.")
    path = instance / name.lower()
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make())
    except FileExistsError:
        pass
    return path.read_text().strip()


def _encryption_keys(env: Mapping[str, str], instance: Path, production: bool) -> tuple[tuple[str, str], ...]:
    text = _kept_secret(env, "ENCRYPTION_KEYS", instance, production, _new_encryption_key)
    keys = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        key_id, separator, key = part.partition(":")
        try:
            Fernet(key.encode())
        except ValueError:
            separator = ""
        if not separator or not key_id.isalnum():
            raise SettingsError(
                "ENCRYPTION_KEYS must list id:key pairs separated by commas, newest first;"
                " a key is 32 bytes in URL-safe base64."
            )
        keys.append((key_id, key))
    return tuple(keys)
