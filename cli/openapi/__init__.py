"""The contract as an OpenAPI document, for those who call it as JSON: what Envoy makes of it."""
