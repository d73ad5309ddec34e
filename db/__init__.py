"""The schema of the database: forward-only migrations, roles and partitions."""
