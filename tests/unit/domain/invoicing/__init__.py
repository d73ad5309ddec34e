"""Tests of invoices: what they cost, to whom they go, and how they get their CAE."""
