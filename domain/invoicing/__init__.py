"""Invoices: what a job costs, made out as the tax agency (ARCA) wants it and authorised by it."""
