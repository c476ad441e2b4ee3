"""Tests of the planting itself."""
