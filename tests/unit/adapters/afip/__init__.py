"""Tests of the way to ARCA, on answers written down from its manuals and recordings."""
