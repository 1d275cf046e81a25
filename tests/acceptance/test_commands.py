"""The command line as its operator uses it."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import httpx2
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.installed import Installed

pytestmark = pytest.mark.acceptance

ORGANIZATION = (
    *("--name", "Example Sdn Bhd", "--address", "1 Jalan Contoh", "--city", "Kuala Lumpur"),
    *(
        "--state",
        "Wilayah Persekutuan",
        "--postal-code",
        "50000",
        "--country",
        "MY",
        "--phone",
        "+60.312345678",
    ),
)


def test_account_is_made_with_credentials_that_are_shown_once(installed: Installed) -> None:
    made = installed.json("account", "create", "First account")
    assert set(made) == {"account_id", "webnic", "digicert"}
    assert set(made["webnic"]) == {"username", "password"}
    assert set(made["digicert"]) == {"api_key"}
    assert isinstance(made["account_id"], int)
    stored = b"".join(path.read_bytes() for path in installed.home.iterdir())
    assert made["webnic"]["username"].encode() in stored
    for secret in (made["webnic"]["password"], made["digicert"]["api_key"]):
        assert len(secret) >= 32
        assert secret.encode() not in stored


def test_accounts_are_listed_with_their_approval(installed: Installed) -> None:
    installed.json("account", "create", "Plain")
    installed.json("account", "create", "Careful", "--approval", "two-step")
    listed = installed.json("account", "list")
    assert [(each["name"], each["approval"], each["state"]) for each in listed] == [
        ("Plain", "none", "enabled"),
        ("Careful", "two-step", "enabled"),
    ]
    table = installed.run("account", "list").stdout
    assert "Careful" in table
    assert "two-step" in table


def test_name_of_an_account_is_taken_once(installed: Installed) -> None:
    installed.json("account", "create", "Same")
    again = installed.run("account", "create", "Same")
    assert again.returncode == 1
    assert _is_one_line(again.stderr)


def test_credentials_end_with_their_key_and_their_account(installed: Installed) -> None:
    made = installed.json("account", "create", "First account")
    account = str(made["account_id"])
    extra = installed.json("key", "create", "--account", account, "--name", "build", "--dialect", "digicert")
    webnic = installed.json("key", "create", "--account", account, "--name", "shop", "--dialect", "webnic")
    assert set(extra) == {"key_id", "api_key"}
    assert set(webnic) == {"key_id", "username", "password"}
    with installed.serving() as server, httpx2.Client(base_url=server.url) as http:

        def ask(key: str) -> int:
            return http.get("/services/v2/user/me", headers={"X-DC-DEVKEY": key}).status_code

        def log_in(credentials: dict[str, str]) -> int:
            body = {name: credentials[name] for name in ("username", "password")}
            return http.post("/reseller/v2/api-user/token", json=body).status_code

        assert [ask(extra["api_key"]), ask(made["digicert"]["api_key"])] == [200, 200]
        assert [log_in(webnic), log_in(made["webnic"])] == [200, 200]
        for key in (extra, webnic):
            assert installed.run("key", "revoke", str(key["key_id"])).returncode == 0
        assert [ask(extra["api_key"]), ask(made["digicert"]["api_key"])] == [403, 200]
        assert log_in(webnic) != 200
        assert log_in(made["webnic"]) == 200
        assert installed.run("account", "disable", account).returncode == 0
        assert ask(made["digicert"]["api_key"]) == 403
        assert log_in(made["webnic"]) != 200
    assert [each["state"] for each in installed.json("account", "list")] == ["disabled"]


def test_organization_is_made_and_approved(installed: Installed) -> None:
    account = str(installed.json("account", "create", "First account")["account_id"])
    made = installed.json("organization", "create", "--account", account, *ORGANIZATION)
    assert set(made) == {"organization_id"}
    organization = str(made["organization_id"])
    approved = installed.run("organization", "approve", organization, "--level", "ov", "--evidence", "Letter")
    assert approved.returncode == 0
    assert "OV" in approved.stdout
    (listed,) = installed.json("organization", "list")
    assert listed["validations"].startswith("ov approved")


@pytest.mark.parametrize(
    "arguments",
    [
        ("account", "disable", "999"),
        ("key", "create", "--account", "999", "--name", "x", "--dialect", "webnic"),
        ("key", "revoke", "999"),
        ("organization", "create", "--account", "999", *ORGANIZATION),
        ("organization", "approve", "999", "--level", "ov"),
    ],
)
def test_what_is_not_there_is_told_in_a_line(installed: Installed, arguments: tuple[str, ...]) -> None:
    done = installed.run(*arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert _is_one_line(done.stderr)


def test_server_does_not_start_with_a_wrong_setting(installed: Installed) -> None:
    installed.settings["LOG_LEVEL"] = "loud"
    done = installed.run("serve")
    assert (done.returncode, done.stdout, _is_one_line(done.stderr)) == (2, "", True)


def test_settings_file_is_read_and_checked(installed: Installed) -> None:
    installed.home.mkdir()
    file = installed.home / "certwright.toml"
    file.write_text("dcv_http_prot = 80\n")
    done = installed.run("account", "list")
    assert (done.returncode, "dcv_http_prot" in done.stderr, _is_one_line(done.stderr)) == (2, True, True)
    file.write_text('log_level = "loud"\n')
    assert installed.run("account", "list").returncode == 2
    installed.settings["LOG_LEVEL"] = "debug"  # the environment wins
    assert installed.run("account", "list").returncode == 0


def test_both_ways_to_start_are_the_same_program(installed: Installed, tmp_path: Path) -> None:
    module = subprocess.run(
        [sys.executable, "-m", "certwright", "--version"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert module.stdout == installed.run("--version").stdout
    assert re.fullmatch(r"certwright, version \S+\n", module.stdout)


def test_migrating_twice_changes_nothing(each_installed: Installed) -> None:
    first, second = (each_installed.run("database", "migrate") for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout.startswith("Applied: ")
    assert "up to date" in second.stdout


def _is_one_line(text: str) -> bool:
    return text.count("\n") == 1 and text.startswith("certwright: ")
