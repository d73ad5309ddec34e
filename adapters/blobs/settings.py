"""Settings of the blob store, which servers, keeper and `web` share."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class BlobSettings(BaseSettings):
    """A bucket of S3, or else a folder with keys that sign links to it, or else no blobs."""

    model_config = SettingsConfigDict(env_prefix="CAMPOTECH_", frozen=True, extra="ignore")

    blob_folder: Path | None = None
    blob_signing_keys: SecretStr | None = Field(
        default=None, description="name:base64 of 32 bytes; the first signs, the others still open"
    )
    blob_url: str = "http://127.0.0.1:8080/blobs"
    """Where callers reach `web`."""
    blob_link_seconds: int = Field(default=900, gt=0, le=36_000)
    """Shorter than unconfirmed uploads are kept, so that no link outlives what it is for."""

    blob_bucket: str | None = None
    blob_s3_url: str | None = None
    """Another store that speaks S3; unset: Amazon's."""
    blob_s3_region: str = "sa-east-1"
    blob_s3_access_key: str | None = None
    """Unset: whatever identity the machine has."""
    blob_s3_secret_key: SecretStr | None = None

    @property
    def has_blob_store(self) -> bool:
        return self.blob_bucket is not None or self.has_blob_folder

    @property
    def has_blob_folder(self) -> bool:
        return self.blob_folder is not None and self.blob_signing_keys is not None

    @property
    def blob_link_lifetime(self) -> timedelta:
        return timedelta(seconds=self.blob_link_seconds)
