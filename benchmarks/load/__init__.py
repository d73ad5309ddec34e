"""ghz against a whole platform, through Envoy."""
