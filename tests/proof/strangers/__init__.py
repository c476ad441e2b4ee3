"""Tenants must not notice each other: what is another's answers like what nobody has."""
