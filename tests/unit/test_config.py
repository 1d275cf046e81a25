"""Settings from the environment, the file and the command line; a wrong one is named in one line."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from certwright.config import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "hunter2-hunter2"


def load(home: Path, **environment: str) -> Settings:
    named = {f"CERTWRIGHT_{key.upper()}": text for key, text in environment.items()}
    return load_settings({"CERTWRIGHT_HOME": str(home), "PATH": "/bin", **named})


def test_defaults_need_nothing_but_a_home(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert settings.sqlite_path == tmp_path / "certwright.db"
    assert settings.ca_key_file == tmp_path / "ca.key"
    assert settings.max_validity is None
    assert settings.read_passphrase() is None
    assert settings.read_key_blocklists() == []
    assert "[products." in settings.read_catalogue()


def test_home_has_a_default() -> None:
    assert load_settings({"XDG_DATA_HOME": "/data"}).home.as_posix() == "/data/certwright"
    assert load_settings({"HOME": "/nowhere"}).home.as_posix().endswith("/.local/share/certwright")


def test_environment_wins_over_the_file_and_an_option_over_both(tmp_path: Path) -> None:
    (tmp_path / "certwright.toml").write_text(
        'ca_organization = "File"\ncaa_identities = ["a.example", "b.example"]\norder_lapse_days = 9\n'
    )
    settings = load(tmp_path, ca_organization="Environment", log_level="")
    assert (settings.ca_organization, settings.order_lapse_days) == ("Environment", 9)
    assert settings.caa_identities == ("a.example", "b.example")
    assert settings.log_level == "info"
    overridden = load_settings({"CERTWRIGHT_HOME": str(tmp_path)}, ca_organization="Option")
    assert overridden.ca_organization == "Option"


def test_another_file_can_be_named(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text('ca_country = "DE"')
    assert load(tmp_path, config=str(other)).ca_country == "DE"
    with pytest.raises(SettingsError, match="does not exist"):
        load(tmp_path, config=str(tmp_path / "missing.toml"))


def test_texts_of_the_environment_become_what_the_setting_is(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        dcv_dns_servers=" 192.0.2.1:53, ,192.0.2.2:5353 ",
        dcv_http_port="8081",
        dcv_allow_private_addresses="true",
        ca_max_validity_days="30",
        catalogue="catalogue.toml",
        smtp_url=f"smtp://ada:{SECRET}@mail.example",
    )
    assert settings.dcv_dns_servers == ("192.0.2.1:53", "192.0.2.2:5353")
    assert settings.dcv_http_port == 8081
    assert settings.dcv_allow_private_addresses is True
    assert settings.max_validity == timedelta(days=30)
    assert settings.catalogue is not None
    assert settings.catalogue.is_absolute()
    assert settings.smtp_url is not None
    assert SECRET in settings.smtp_url.reveal()
    assert SECRET not in repr(settings)


@pytest.mark.parametrize(
    ("url", "path"), [("sqlite:////data/x.db", "/data/x.db"), ("postgresql://u:p@h/db", None)]
)
def test_database_is_a_file_or_a_server(tmp_path: Path, url: str, path: str | None) -> None:
    found = load(tmp_path, database_url=url).sqlite_path
    assert (found.as_posix() if found else None) == path


def test_relative_file_is_found_from_where_the_program_started(tmp_path: Path) -> None:
    path = load(tmp_path, database_url="sqlite:///x.db").sqlite_path
    assert path is not None
    assert path.is_absolute()


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("colour", "red", "colour: there is no such setting"),
        ("dcv_http_port", "http", "dcv_http_port: "),
        ("dcv_http_port", "0", "dcv_http_port: must lie between 1 and 65535"),
        ("dcv_http_port", "8" * 5000, "dcv_http_port: "),
        ("worker_concurrency", "0", "worker_concurrency: must lie between"),
        ("database_max_connections", "1", "database_max_connections: must lie between"),
        ("order_lapse_days", "-1", "order_lapse_days: must lie between"),
        ("ca_max_validity_days", "99999", "ca_max_validity_days: must lie between"),
        ("dcv_allow_private_addresses", "perhaps", "dcv_allow_private_addresses: "),
        ("log_level", "loud", "log_level: must be one of debug, info, warning, error"),
        ("ca_key_algorithm", "DSA", "ca_key_algorithm: must be one of P-256"),
        ("ca_country", "Malaysia", "ca_country: must be two capital letters"),
        ("database_url", f"mysql://u:{SECRET}@h/db", "database_url: must begin with"),
        ("database_url", f"postgresql://u:{SECRET}@h:port/db", "database_url: is not a well-formed URL"),
        ("database_url", "sqlite:///", "database_url: names no file"),
        ("base_url", "example.com", "base_url: must be"),
        ("base_url", "http://example.com/", "base_url: must be"),
        ("base_url", "https://example.com", "pki_base_url: must be http://"),
        ("digicert_status_change_zone", "Mars/Olympus", "digicert_status_change_zone: there is no such"),
        ("digicert_status_change_zone", "../../etc/passwd", "digicert_status_change_zone: there is no such"),
    ],
)
def test_wrong_setting_is_named_in_one_line(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, **{name: text})
    told = str(refused.value)
    assert told.startswith(message)
    assert "\n" not in told
    assert SECRET not in told


@pytest.mark.parametrize(
    ("database", "standby", "message"),
    [
        ("sqlite:///book.db", "postgresql://db/x", "database_standby_url: SQLite has no standby"),
        ("postgresql://db/x", "sqlite:///book.db", "database_standby_url: must be a well-formed URL"),
        ("postgresql://db/x", f"postgresql://u:{SECRET}@db:port/x", "database_standby_url: must be"),
    ],
)
def test_standby_is_one_of_postgresql(tmp_path: Path, database: str, standby: str, message: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, database_url=database, database_standby_url=standby)
    assert str(refused.value).startswith(message)
    assert SECRET not in str(refused.value)
    url = f"postgresql://u:{SECRET}@other/x"
    kept = load(tmp_path, database_url="postgresql://db/x", database_standby_url=url)
    assert kept.database_standby_url is not None
    assert kept.database_standby_url.reveal() == url
    assert SECRET not in repr(kept)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("colour = 1", "colour: there is no such setting"),
        ("order_lapse_days = [1]", "order_lapse_days: "),
        ('dcv_dns_servers = "192.0.2.1"', "dcv_dns_servers: "),
        ("database_url = 1", "database_url: "),
        ('home = "/elsewhere"', "home: can't be set in the file"),
        ("= 1", "is not readable TOML"),
    ],
)
def test_wrong_file_is_told(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "certwright.toml").write_text(text)
    with pytest.raises(SettingsError) as refused:
        load(tmp_path)
    assert message in str(refused.value)


def test_passphrase_comes_from_the_setting_or_its_file(tmp_path: Path) -> None:
    file = tmp_path / "passphrase"
    file.write_text(f"{SECRET}\n")
    for settings in (load(tmp_path, ca_passphrase=SECRET), load(tmp_path, ca_passphrase_file=str(file))):
        passphrase = settings.read_passphrase()
        assert passphrase is not None
        assert passphrase.reveal() == SECRET
    file.write_text("\n")
    with pytest.raises(SettingsError, match="is empty"):
        load(tmp_path, ca_passphrase_file=str(file)).read_passphrase()


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    settings = load(tmp_path, ca_passphrase_file=missing, catalogue=missing, csr_key_blocklists=missing)
    for read, name in (
        (settings.read_passphrase, "ca_passphrase_file"),
        (settings.read_catalogue, "catalogue"),
        (settings.read_key_blocklists, "csr_key_blocklists"),
    ):
        with pytest.raises(SettingsError, match=f"^{name}: "):
            read()


def test_blocklists_are_read_one_after_the_other(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text(f"# {name}\n")
    both = f"{tmp_path / 'one'},{tmp_path / 'two'}"
    assert load(tmp_path, csr_key_blocklists=both).read_key_blocklists() == ["# one", "# two"]
