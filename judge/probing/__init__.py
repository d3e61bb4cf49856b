"""A probe of the judge's habits: what is shown in two ways, and what the answers to both say of it. Pure."""
