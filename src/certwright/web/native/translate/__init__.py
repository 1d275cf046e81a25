"""From queries and bodies to the domain's values, and from those to answers."""
