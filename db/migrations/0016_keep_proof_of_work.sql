-- Proof of work: photos and signatures of jobs. Their bytes lie in the blob store.

-- An array of small objects, bounded, or NULL for none: embedded, since it ends with the job.
ALTER TABLE jobs ADD COLUMN proofs jsonb;

-- What was announced and is not confirmed. It leaves when it is, or after a day, with its blob.
CREATE TABLE job_proof_uploads (
  organization_id uuid NOT NULL,
  id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  job_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('PHOTO', 'SIGNATURE')),
  content_type text NOT NULL,
  size_bytes bigint NOT NULL CHECK (size_bytes > 0),
  sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  author text NOT NULL,
  PRIMARY KEY (organization_id, job_id, id),
  CHECK (uuid_extract_version(id) = 7 AND created_at = uuid_extract_timestamp(id))
);
CREATE INDEX job_proof_uploads_by_age ON job_proof_uploads (created_at);
CALL protect_tenant_table('job_proof_uploads');
CALL open_table_to_system('job_proof_uploads');
GRANT SELECT, INSERT, DELETE ON job_proof_uploads TO campotech_app;
GRANT SELECT, DELETE ON job_proof_uploads TO campotech_system;
