"""DigiCert's Services API v2: its words, shapes and errors, translated to the use cases and back."""
