"""Two audits of a set, an earlier and a later one: what changed between them, and why. Pure."""
