"""Links, keys and files of blobs."""
