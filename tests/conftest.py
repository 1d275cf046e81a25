"""What every test may ask for. Fixtures live in tests/support, one subject a file; this file only names them."""

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
