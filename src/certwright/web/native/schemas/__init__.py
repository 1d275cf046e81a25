"""What is on the wire: queries, bodies and answers, in snake_case; instants are RFC 3339 in UTC with microseconds."""
