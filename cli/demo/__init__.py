"""`campotech demo`: one business day through the running platform, shown as it happens."""
