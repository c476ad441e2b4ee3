"""Tenants must not notice each other: another tenant's objects are answered like missing ones."""
