"""Workers and keeper on a ledger in memory."""
