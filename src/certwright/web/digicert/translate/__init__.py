"""DigiCert's words and ours: requests become values of the domain, values of the domain become answers."""
