"""Certwright: a self-hosted server for ordering TLS certificates."""

__version__ = "0.1.0"
