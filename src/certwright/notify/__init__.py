"""Telling people: mail, and later webhooks."""
