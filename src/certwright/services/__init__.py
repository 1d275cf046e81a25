"""Use cases, one transaction each; they see the outer rooms only as the ports in ``ports``."""
