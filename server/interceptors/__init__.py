"""What every call passes through, one concern each; `server.bootstrap` has their order."""
