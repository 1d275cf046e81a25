"""Our own API under ``/v1``: the change feed, and what the vendors' APIs have no words for."""
