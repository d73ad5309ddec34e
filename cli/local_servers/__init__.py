"""Postgres, Valkey and Envoy from Python wheels, as child processes of `up` and of the tests."""
