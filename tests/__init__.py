"""Tests of the backend: a name says a behaviour, a folder says what must run for it."""
