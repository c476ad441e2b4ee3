"""The service matches its OpenAPI document, checked by schemathesis."""
