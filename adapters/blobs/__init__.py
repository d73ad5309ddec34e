"""Where blobs lie: a folder of this machine or a bucket of S3, both behind signed links."""
