"""Settings of who calls a bucket of blobs himself."""

from adapters.blobs.settings import BlobSettings
from adapters.guarded_calls.settings import BreakerSettings


class BucketSettings(BlobSettings, BreakerSettings):
    """Where blobs are, and when calls for them are suspended."""
