"""The database: the only room that speaks SQL, one text for SQLite and PostgreSQL wherever that is possible."""
