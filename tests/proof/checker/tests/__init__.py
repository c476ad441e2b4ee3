"""Tests of the checker: it finds each violation, and nothing else."""
