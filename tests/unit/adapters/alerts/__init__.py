"""Tests of the ways to operators."""
