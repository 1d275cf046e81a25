"""Between WebNIC's words and ours, both ways; one module per subject, no I/O."""
