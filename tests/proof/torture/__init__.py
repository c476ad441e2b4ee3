"""Callers on two instances, one fault after the other, and the properties that must still hold."""
