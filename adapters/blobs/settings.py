"""Settings of the blob store, which servers, keeper and `web` share."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class BlobSettings(BaseSettings):
    """A bucket of S3, or else a folder with keys that sign links to it, or else no blobs."""

    model_config = SettingsConfigDict(env_prefix="CAMPOTECH_", frozen=True, extra="ignore")

    blob_folder: Path | None = None
    """The folder in which photos and signatures lie, for servers, keeper and `web` the same one.
    Without it and without a bucket none are taken.
    """
    blob_signing_keys: SecretStr | None = None
    """The keys that sign links to the folder, as `name:` and 32 bytes in base64, separated by
    commas: the first signs, links of the others stay good.
    """
    blob_url: str = "http://127.0.0.1:8080/blobs"
    """Where callers reach `web`."""
    # Shorter than unconfirmed uploads are kept, so that no link outlives what it is for.
    blob_link_seconds: int = Field(default=900, gt=0, le=36_000)
    """How long a link is good."""

    blob_bucket: str | None = None
    """A bucket of S3, which is used instead of the folder; its links lead there, and `web` is not
    needed. We need the rights `s3:GetObject`, `s3:PutObject` and `s3:DeleteObject` in it and
    `s3:ListBucket` on it, without which it does not tell that a photo is missing.
    """
    blob_s3_url: str | None = Field(default=None, json_schema_extra={"unset": "Amazon's"})
    """Another store that speaks S3."""
    blob_s3_region: str = "sa-east-1"
    """The bucket's region."""
    blob_s3_access_key: str | None = Field(
        default=None, json_schema_extra={"unset": "the machine's identity"}
    )
    """Who we are there."""
    blob_s3_secret_key: SecretStr | None = Field(
        default=None, json_schema_extra={"unset": "the machine's identity"}
    )
    """The secret that belongs to it."""
    blob_s3_deadline_seconds: float = Field(default=5.0, gt=0, le=60)
    """After this a call to the bucket is stopped, tries included; the caller of ours is told to
    try again. Signing a link calls nobody.
    """
    blob_s3_calls_per_second: int = Field(default=100, gt=0)
    """The most calls to the bucket in any second."""

    @property
    def has_blob_store(self) -> bool:
        return self.blob_bucket is not None or self.has_blob_folder

    @property
    def has_blob_folder(self) -> bool:
        return self.blob_folder is not None and self.blob_signing_keys is not None

    @property
    def blob_link_lifetime(self) -> timedelta:
        return timedelta(seconds=self.blob_link_seconds)
