"""What every test may ask for. Fixtures live in tests/support, one subject a file; this file only names them."""

import signal

pytest_plugins = [
    "tests.support.challenges",
    "tests.support.installed",
    "tests.support.mail_sink",
    "tests.support.postgres",
    "tests.support.receiver",
    "tests.support.server",
    "tests.support.stores",
    "tests.support.subscriptions",
    "tests.support.tls",
]


def pytest_configure() -> None:
    """Let programs under test be interrupted: a shell that runs the tests in the background has all of them ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
