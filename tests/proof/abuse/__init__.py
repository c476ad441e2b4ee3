"""Bad input in bulk: whatever comes, the answer is one that the documents name, and the log has only what was acknowledged."""
