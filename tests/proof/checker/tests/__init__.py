"""Tests of the checker: it finds what is wrong, and nothing else."""
