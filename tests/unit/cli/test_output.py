"""Every wrong setting ends a command with one line that names it, and status 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from certwright.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DCV_HTTP_PORT", "eighty"),
        ("DCV_HTTP_PORT", "70000"),
        ("DCV_DNS_SERVERS", "dns.example:53"),
        ("DCV_DNS_SERVERS", "127.0.0.1:zero"),
        ("DCV_ALLOW_PRIVATE_ADDRESSES", "maybe"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("DATABASE_URL", "postgresql://user:secret@[/x"),
        ("BASE_URL", "certs.example"),
        ("PKI_BASE_URL", "https://certs.example"),
        ("CATALOGUE", "/nowhere/catalogue.toml"),
        ("CONFIG", "/nowhere/certwright.toml"),
        ("CA_KEY_ALGORITHM", "P-521"),
        ("CA_COUNTRY", "Malaysia"),
        ("CA_PASSPHRASE_FILE", "/nowhere/passphrase"),
        ("CSR_KEY_BLOCKLISTS", "/nowhere/blocklist"),
        ("DIGICERT_STATUS_CHANGE_ZONE", "Mars/Olympus"),
        ("LOG_LEVEL", "loud"),
        ("SMTP_URL", "http://mail.example"),
        ("NO_SUCH_SETTING", "1"),
    ],
)
def test_wrong_setting_is_told_in_one_line(tmp_path: Path, name: str, value: str) -> None:
    environment = {"CERTWRIGHT_HOME": str(tmp_path), f"CERTWRIGHT_{name}": value}
    result = CliRunner().invoke(main, ["account", "list"], env=environment)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert result.stderr.startswith("certwright: ")
    assert result.stderr.count("\n") == 1
    assert (name.lower() if name != "CONFIG" else value) in result.stderr
    assert "secret" not in result.stderr


def test_told_error_ends_a_command_with_status_1(tmp_path: Path) -> None:
    environment = {"CERTWRIGHT_HOME": str(tmp_path)}
    result = CliRunner().invoke(main, ["account", "disable", "999"], env=environment)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (1, "", 1)
