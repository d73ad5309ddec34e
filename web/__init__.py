"""The process for what is not an API: signed links to blobs."""
