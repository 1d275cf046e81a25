"""The shapes of DigiCert's wire: what clients send (``bodies``) and what they are answered (``answers`` …)."""
