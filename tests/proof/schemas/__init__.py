"""The service does what its document says, as schemathesis understands the document."""
