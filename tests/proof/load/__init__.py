"""Loads the service by wrk, with many customers in the database."""
