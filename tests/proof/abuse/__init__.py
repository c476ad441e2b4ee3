"""Bad input in bulk: every answer is documented, and the log has only acknowledged commands."""
