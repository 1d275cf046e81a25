"""CA back ends: each makes certificates behind the port ``CABackend``; this server's own is ``embedded``."""
