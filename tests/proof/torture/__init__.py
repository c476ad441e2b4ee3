"""Callers on two instances, faults one after the other, and what must hold all the same."""
