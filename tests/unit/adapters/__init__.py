"""Adapters without their outside."""
