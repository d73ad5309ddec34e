"""The words of blobs."""
