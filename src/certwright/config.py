"""Settings: every option of the server, its default and its check.

A setting ``dcv_http_port`` is read from ``CERTWRIGHT_DCV_HTTP_PORT`` in the environment, or else from ``dcv_http_port``
in the TOML file ``certwright.toml`` of the home directory (``CERTWRIGHT_CONFIG`` names another). Lists are
comma-separated in the environment. docs/configuration.md describes each of them.
"""

from __future__ import annotations

import re
import tomllib
from datetime import timedelta
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from certwright.domain.account import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX = "CERTWRIGHT_"
_FILE_NAME = "certwright.toml"
_SQLITE = "sqlite:///"
_LISTS = {"dcv_dns_servers", "caa_identities", "csr_key_blocklists"}

KeyAlgorithmName = Literal["P-256", "P-384", "RSA-2048", "RSA-3072", "RSA-4096"]
LogLevel = Literal["debug", "info", "warning", "error"]


class SettingsError(Exception):
    """A setting is unknown or wrong; the message is one line that names it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All options, checked. Paths are absolute; spans are whole days unless the name says otherwise."""

    home: Path
    database_url: Secret
    base_url: str = "http://127.0.0.1:8080"
    pki_base_url: str | None = None
    catalogue: Path | None = None
    log_level: LogLevel = "info"

    database_standby_url: Secret | None = None
    database_max_connections: int = 10
    worker_concurrency: int = 100
    search_index_orders: int = 200_000

    dcv_dns_servers: tuple[str, ...] = ()
    dcv_http_port: int = 80
    dcv_allow_private_addresses: bool = False
    dcv_cname_target: str = "dcv.certwright.internal"
    dcv_first_look_seconds: int = 5
    caa_identities: tuple[str, ...] = ("certwright.internal",)
    caa_account_uri: str | None = None

    ca_key_algorithm: KeyAlgorithmName = "P-256"
    ca_organization: str = "Certwright"
    ca_country: str = "MY"
    ca_passphrase: Secret | None = None
    ca_passphrase_file: Path | None = None
    ca_max_validity_days: int | None = None

    csr_key_blocklists: tuple[Path, ...] = ()
    order_lapse_days: int = 30
    digicert_status_change_zone: str = "America/Denver"

    webnic_requests_per_day: int = 5_000
    webnic_requests_per_month: int = 100_000
    digicert_requests_per_5_seconds: int = 100
    digicert_requests_per_3_minutes: int = 1_000
    native_requests_per_minute: int = 600
    native_followers_per_account: int = 50

    smtp_url: Secret | None = None
    smtp_from: str = "certwright@localhost"
    webhook_allow_private_addresses: bool = False

    @property
    def sqlite_path(self) -> Path | None:
        """Where the SQLite file lies; ``None`` on PostgreSQL."""
        url = self.database_url.reveal()
        return Path(url.removeprefix(_SQLITE)).expanduser().absolute() if url.startswith(_SQLITE) else None

    @property
    def revocation_url(self) -> str:
        """The URL, by plain HTTP, under which certificates say that CRLs, OCSP and CA certificates are found."""
        return self.pki_base_url or self.base_url

    @property
    def search_socket(self) -> Path:
        """Where the search process of a server with several workers listens."""
        return self.home / "search.sock"

    @property
    def ca_key_file(self) -> Path:
        """Where the generated key lies that seals the CA's keys when there is no passphrase."""
        return self.home / "ca.key"

    @property
    def max_validity(self) -> timedelta | None:
        """The operator's own limit of validity in place of the Baseline Requirements'."""
        return None if self.ca_max_validity_days is None else timedelta(days=self.ca_max_validity_days)

    def read_passphrase(self) -> Secret | None:
        """Return the CA's passphrase from the setting or its file.

        Raises:
            SettingsError: the file can't be read or is empty.
        """
        if self.ca_passphrase_file is None:
            return self.ca_passphrase
        try:
            text = self.ca_passphrase_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as cause:
            raise SettingsError(f"ca_passphrase_file: {self.ca_passphrase_file} can't be read") from cause
        if not text:
            raise SettingsError(f"ca_passphrase_file: {self.ca_passphrase_file} is empty")
        return Secret(text)

    def read_key_blocklists(self) -> list[str]:
        """Return the lines of all blocklists of keys.

        Raises:
            SettingsError: a file can't be read.
        """
        try:
            return [
                line
                for path in self.csr_key_blocklists
                for line in path.read_text(encoding="ascii").splitlines()
            ]
        except (OSError, UnicodeDecodeError) as cause:
            raise SettingsError(f"csr_key_blocklists: a file can't be read: {cause}") from cause

    def read_catalogue(self) -> str:
        """Return the text of the product catalogue: the operator's file, or the one that comes with the program.

        Raises:
            SettingsError: the file can't be read.
        """
        if self.catalogue is None:
            return (resources.files("certwright") / "catalogue.toml").read_text(encoding="utf-8")
        try:
            return self.catalogue.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as cause:
            raise SettingsError(f"catalogue: {self.catalogue} can't be read") from cause


def load_settings(environment: Mapping[str, str], **overrides: str) -> Settings:
    """Read the settings from the environment and the TOML file; overrides win over both.

    Raises:
        SettingsError: naming the setting that is unknown or wrong.
    """
    named = {
        key.removeprefix(_PREFIX).lower(): text
        for key, text in environment.items()
        if key.startswith(_PREFIX)
    }
    config = named.pop("config", None)
    home = Path(named.get("home") or _default_home(environment)).expanduser().absolute()
    values: dict[str, Any] = _read_file(Path(config) if config else home / _FILE_NAME, required=bool(config))
    if "home" in values:  # the file is looked for in the home
        raise SettingsError("home: can't be set in the file; set CERTWRIGHT_HOME")
    values.update({key: _listed(key, text) for key, text in named.items() if text})
    values.update(overrides)
    values["home"] = str(home)
    values.setdefault("database_url", f"sqlite:///{home}/certwright.db")
    try:
        settings = msgspec.convert(values, Settings, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as cause:
        raise SettingsError(_explain(str(cause), values)) from cause
    _check(settings)
    return settings


def _default_home(environment: Mapping[str, str]) -> str:
    data = environment.get("XDG_DATA_HOME") or "~/.local/share"
    return f"{data}/certwright"


def _read_file(path: Path, *, required: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as cause:
        if not required:
            return {}
        raise SettingsError(f"config: {path} does not exist") from cause
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as cause:
        raise SettingsError(f"{path} is not readable TOML: {cause}") from cause


def _listed(key: str, text: str) -> str | list[str]:
    return [part.strip() for part in text.split(",") if part.strip()] if key in _LISTS else text


def _decode(wanted: type, value: object) -> object:
    if not isinstance(value, str):
        raise TypeError("Expected text")
    return Secret(value) if wanted is Secret else Path(value).expanduser().absolute()


def _explain(message: str, values: Mapping[str, object]) -> str:
    """Put msgspec's words about a path into one line that names the setting and never its value."""
    unknown = re.search(r"unknown field `(\w+)`", message)
    if unknown:
        return f"{unknown[1]}: there is no such setting"
    found = re.search(r"(.*) - at `\$\.(\w+)", message)
    if found is None:
        return message
    if found[2] in values and found[2].endswith(("algorithm", "level")):
        choices = get_args({"ca_key_algorithm": KeyAlgorithmName, "log_level": LogLevel}[found[2]])
        return f"{found[2]}: must be one of {', '.join(choices)}"
    return f"{found[2]}: {found[1]}"


_RANGES = {
    "dcv_http_port": (1, 65535),
    "dcv_first_look_seconds": (0, 3600),
    "database_max_connections": (2, 1000),
    "worker_concurrency": (1, 1000),
    "search_index_orders": (0, 10**9),
    "order_lapse_days": (1, 3660),
    "ca_max_validity_days": (1, 3660),
    "webnic_requests_per_day": (0, 10**9),
    "webnic_requests_per_month": (0, 10**9),
    "digicert_requests_per_5_seconds": (0, 10**9),
    "digicert_requests_per_3_minutes": (0, 10**9),
    "native_requests_per_minute": (0, 10**9),
    "native_followers_per_account": (1, 10**6),
}


def _check(settings: Settings) -> None:
    for name, (low, high) in _RANGES.items():
        number = getattr(settings, name)
        if number is not None and not low <= number <= high:
            raise SettingsError(f"{name}: must lie between {low} and {high}")
    if not settings.database_url.reveal().startswith((_SQLITE, "postgresql://", "postgres://")):
        raise SettingsError("database_url: must begin with sqlite:/// or postgresql://")
    if settings.database_url.reveal() == _SQLITE:
        raise SettingsError("database_url: names no file")
    if not _is_url(settings.database_url.reveal()):
        raise SettingsError("database_url: is not a well-formed URL")
    _check_standby(settings)
    if not re.match(r"https?://[^/\s]+\Z", settings.base_url):
        raise SettingsError("base_url: must be http:// or https:// with a host, without a path")
    if not re.match(r"http://[^/\s]+\Z", settings.revocation_url):
        # BR §7.1.2.11.2: a client that checks a certificate can't first check that of an https server.
        raise SettingsError("pki_base_url: must be http:// with a host; set it when base_url is https://")
    if not re.fullmatch(r"[A-Z]{2}", settings.ca_country):
        raise SettingsError("ca_country: must be two capital letters")
    try:
        ZoneInfo(settings.digicert_status_change_zone)
    except (KeyError, ValueError, OSError) as cause:
        raise SettingsError("digicert_status_change_zone: there is no such time zone") from cause


def _check_standby(settings: Settings) -> None:
    standby = settings.database_standby_url
    if standby is None:
        return
    if settings.sqlite_path is not None:
        raise SettingsError(
            "database_standby_url: SQLite has no standby; it needs a database_url of PostgreSQL"
        )
    if not standby.reveal().startswith(("postgresql://", "postgres://")) or not _is_url(standby.reveal()):
        raise SettingsError("database_standby_url: must be a well-formed URL that begins with postgresql://")


def _is_url(text: str) -> bool:
    try:
        return urlsplit(text).port != 0
    except ValueError:
        return False
