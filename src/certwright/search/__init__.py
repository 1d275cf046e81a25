"""The in-memory order index: answers searches and counts of large accounts' books, exactly as SQL would."""
