"""Every setting of the service: read once from the environment, checked together, then frozen."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values
from environs import Env, EnvValidationError, ValidationError

from service.store.connection import ConnectionUrlError, check_url

NAMES = (
    "REDIS_URL",
    "RECS_DATA_DIR",
    "RECS_CONFIG",
    "RECS_KEY_PREFIX",
    "RECS_HOST",
    "RECS_PORT",
    "RECS_WORKERS",
    "RECS_TRUSTED_HOSTS",
    "RECS_SECRET_KEY",
    "RECS_ADMIN_KEY",
    "RECS_PUBLIC_READS",
    "RECS_ALLOWED_ORIGINS",
)
"""All of them; any other name that begins with RECS_ stops the start."""

CONFIG_TABLES = ("placements", "orders", "evaluation", "publish", "models", "diversity", "events")
"""The tables that the file of RECS_CONFIG may hold: the service reads the first, training the others."""

_DEFAULT_PORTS = {"http": 80, "https": 443}


class SettingsError(Exception):
    """The environment or the configuration file is wrong; the message names every fault. Exit code 2."""


@dataclass(frozen=True)
class Settings:
    """What the environment says, checked.

    Attributes:
        redis_url: redis://, rediss:// or unix://; None means the embedded server of `data_dir`.
        data_dir: folder of the embedded server's data, the versions' artefacts and the runs.
        config: TOML file with placements and training, or None.
        key_prefix: what every Redis key begins with.
        host, port: where gunicorn listens; an IPv6 address stands without brackets.
        workers: gunicorn's web processes.
        trusted_hosts: the Host headers answered; empty means any.
        secret_key: signs cookies; None means the one kept in the store.
        admin_key: an admin's bearer key that needs no store; None means one is made at the first start.
        public_reads: whether recommendations may be read without a key.
        allowed_origins: the web origins that browsers may call from, written as browsers send them:
            scheme://host[:port] in small letters, without a scheme's own port.
    """

    redis_url: str | None = None
    data_dir: Path = Path("var")
    config: Path | None = None
    key_prefix: str = "recs"
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2
    trusted_hosts: tuple[str, ...] = ()
    secret_key: str | None = None
    admin_key: str | None = None
    public_reads: bool = False
    allowed_origins: tuple[str, ...] = ()


class _MappingEnv(Env):
    """environs over one mapping, so that tests need not touch the process's environment."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(eager=False)
        # An empty value is what compose files and .env templates leave for "not set".
        self._environ = {name: value for name, value in environ.items() if value != ""}

    def _get_value(self, env_key: str, default: Any) -> Any:
        return self._environ.get(env_key, default)


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings in `environ`; default: the process's environment, over `.env` in the working folder.

    Raises:
        SettingsError: naming all unknown RECS_ names and all bad values at once.
    """
    if environ is None:
        in_file = {name: value for name, value in dotenv_values(".env").items() if value is not None}
        environ = {**in_file, **os.environ}
    env = _MappingEnv(environ)
    settings = Settings(
        redis_url=env.str("REDIS_URL", None, validate=_redis_url),
        data_dir=env.path("RECS_DATA_DIR", Settings.data_dir),
        config=env.path("RECS_CONFIG", None, validate=_toml_file),
        key_prefix=env.str("RECS_KEY_PREFIX", Settings.key_prefix, validate=_key_prefix),
        host=_without_brackets(env.str("RECS_HOST", Settings.host, validate=_listening_host)),
        port=_whole(env, "RECS_PORT", Settings.port, 1, 65_535),
        workers=_whole(env, "RECS_WORKERS", Settings.workers, 1, 64),
        trusted_hosts=_names(env, "RECS_TRUSTED_HOSTS", _host),
        secret_key=env.str("RECS_SECRET_KEY", None, validate=_secret),
        admin_key=env.str("RECS_ADMIN_KEY", None, validate=_bearer),
        public_reads=env.bool("RECS_PUBLIC_READS", Settings.public_reads),
        allowed_origins=tuple(map(_as_browsers_send, _names(env, "RECS_ALLOWED_ORIGINS", _origin))),
    )
    faults = _unknown(environ)
    try:
        env.seal()
    except EnvValidationError as error:
        faults |= {name: " ".join(messages) for name, messages in _by_name(error).items()}
    if faults:
        lines = "\n".join(f"  {name}: {faults[name]}" for name in sorted(faults))
        raise SettingsError(f"These settings are wrong:\n{lines}")
    return settings


def _by_name(error: EnvValidationError) -> Mapping[str, list[str]]:
    messages = error.error_messages
    return messages if isinstance(messages, Mapping) else {"settings": messages}


def _unknown(environ: Mapping[str, str]) -> dict[str, str]:
    faults = {}
    for name in environ:
        if name.startswith("RECS_") and name not in NAMES:
            near = difflib.get_close_matches(name, NAMES, n=1)
            faults[name] = "Unknown setting." + (f" Did you mean {near[0]}?" if near else "")
    return faults


def _whole(env: Env, name: str, default: int, low: int, high: int) -> int:
    def check(text: str) -> None:
        # int() alone would take "1_0", " 12 " and other alphabets' digits.
        if not re.fullmatch("[0-9]{1,5}", text) or not low <= int(text) <= high:
            raise ValidationError(f"Must be a whole number from {low} to {high}, not {text!r}.")

    text = env.str(name, str(default), validate=check)
    return int(text) if text is not None else default


def _names(env: Env, name: str, check: Callable[[str], None]) -> tuple[str, ...]:
    def check_all(text: str) -> None:
        for part in _split(text):
            check(part)

    return tuple(_split(env.str(name, "", validate=check_all) or ""))


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _redis_url(text: str) -> None:
    try:
        check_url(text)
    except ConnectionUrlError as error:
        raise ValidationError(f"{error}.") from error


def _toml_file(path: Path) -> None:
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValidationError(f"Cannot read {path}: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValidationError(f"{path} is not TOML: {error}.") from error
    # The names inside a table are for the part that reads it to check.
    if unknown := [f"[{name}]" for name in tables if name not in CONFIG_TABLES]:
        known = ", ".join(CONFIG_TABLES)
        raise ValidationError(f"{path} has no use for {', '.join(unknown)}; its tables are {known}.")


def _key_prefix(text: str) -> None:
    # Braces choose the cluster slot and * ? [ are patterns of SCAN: neither may come from outside.
    if not re.fullmatch(r"[A-Za-z0-9_.:-]{1,64}", text):
        raise ValidationError("Must be 1 to 64 letters, digits, or any of _ . : -")


def _host(text: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9_.:\[\]-]{1,255}", text):
        raise ValidationError(f"{text!r} is no host name or address.")


def _listening_host(text: str) -> None:
    _host(text)
    if ":" in (bare := _without_brackets(text)):
        try:
            IPv6Address(bare)
        except AddressValueError as error:
            raise ValidationError(f"{text!r} is no IPv6 address; the port is RECS_PORT.") from error
    elif not re.fullmatch(r"[A-Za-z0-9_.-]+", text):
        raise ValidationError(f"{text!r} is no host name or address.")


def _without_brackets(host: str | None) -> str:
    """The IPv6 address in [::1]; anything else as it is. None, for a host that was refused, is no host."""
    host = host or ""
    return host[1:-1] if host.startswith("[") and host.endswith("]") else host


def _secret(text: str) -> None:
    if len(text) < 16:
        raise ValidationError("Must have at least 16 characters.")


def _bearer(text: str) -> None:
    if not re.fullmatch(r"[A-Za-z0-9._~+/=-]{1,256}", text):
        raise ValidationError("Must be 1 to 256 letters, digits, or any of . _ ~ + / = -")


def _origin(text: str) -> None:
    try:
        _as_browsers_send(text)
    except ValueError as error:
        raise ValidationError(f"{text!r} is no web origin, such as https://shop.example.") from error


def _as_browsers_send(origin: str) -> str:
    """Raises ValueError: not scheme://host[:port]. A name in other alphabets is none: browsers send xn--…"""
    parts = urlsplit(origin.lower())
    host, port = parts.hostname or "", parts.port
    if ":" in host:
        host = f"[{IPv6Address(host).compressed}]"
    elif not re.fullmatch(r"[a-z0-9_.-]+", host):
        raise ValueError("no host")
    whole = f"{parts.scheme}://{parts.netloc}" == origin.lower() and "@" not in parts.netloc
    if not whole or parts.scheme not in _DEFAULT_PORTS or port == 0:
        raise ValueError("more, or less, than an origin")
    shown = "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{shown}"
