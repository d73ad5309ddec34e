"""What one can do with invoices."""
