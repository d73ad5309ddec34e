-- How organisations are known outside: their certificate for ARCA, their WhatsApp number, and the
-- keys of their programs. Secrets are sealed, and each row names the key it was sealed with.

CREATE TABLE arca_connections (
  organization_id uuid PRIMARY KEY REFERENCES organizations,
  cuit text NOT NULL CHECK (cuit ~ '^[0-9]{11}$'),
  -- What ARCA lists the certificate under.
  alias text NOT NULL,
  subject text NOT NULL,
  -- What calls with the certificate are counted by: a renewed one has the same.
  call_key text NOT NULL,
  fingerprint text NOT NULL,
  certificate text NOT NULL CHECK (octet_length(certificate) <= 16384),
  valid_from timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  sealed_private_key bytea NOT NULL CHECK (octet_length(sealed_private_key) <= 32768),
  sealed_with text NOT NULL,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CALL protect_tenant_table('arca_connections');
CALL open_table_to_system('arca_connections');
GRANT SELECT, INSERT, UPDATE, DELETE ON arca_connections TO campotech_app;
CREATE INDEX arca_connections_by_call_key ON arca_connections (call_key);
CREATE INDEX arca_connections_by_expiry ON arca_connections (expires_at);
-- Enough to find what is to be sealed anew, what expires and whose limits a call counts for, and
-- nothing that could be opened.
GRANT SELECT (organization_id, sealed_with, call_key, expires_at) ON arca_connections
  TO campotech_system;

-- A private key that waits for its certificate, with the request that the owner uploads.
CREATE TABLE arca_certificate_requests (
  organization_id uuid PRIMARY KEY REFERENCES organizations,
  cuit text NOT NULL CHECK (cuit ~ '^[0-9]{11}$'),
  alias text NOT NULL,
  subject text NOT NULL,
  request text NOT NULL CHECK (octet_length(request) <= 16384),
  sealed_private_key bytea NOT NULL CHECK (octet_length(sealed_private_key) <= 32768),
  sealed_with text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CALL protect_tenant_table('arca_certificate_requests');
CALL open_table_to_system('arca_certificate_requests');
GRANT SELECT, INSERT, UPDATE, DELETE ON arca_certificate_requests TO campotech_app;
GRANT SELECT (organization_id, sealed_with) ON arca_certificate_requests TO campotech_system;

-- Which certificate a stored request was sent with, by its call key; NULL: the platform's. Limits
-- are kept by certificate, and rebuilt from this.
ALTER TABLE fiscal_requests ADD COLUMN call_key text;
CREATE INDEX fiscal_requests_by_call_key ON fiscal_requests (call_key, created_at)
  WHERE call_key IS NOT NULL;
GRANT SELECT (call_key) ON fiscal_requests TO campotech_system;

-- The token with which an organisation writes from its number; a number without a row here is
-- written from with the platform's. Whose a number is stands in whatsapp_numbers.
CREATE TABLE whatsapp_connections (
  organization_id uuid PRIMARY KEY REFERENCES organizations,
  phone_number_id text NOT NULL,
  display_phone_number text NOT NULL,
  business_account_id text NOT NULL,
  sealed_access_token bytea NOT NULL CHECK (octet_length(sealed_access_token) <= 4096),
  sealed_with text NOT NULL,
  version integer NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CALL protect_tenant_table('whatsapp_connections');
CALL open_table_to_system('whatsapp_connections');
GRANT SELECT, INSERT, UPDATE, DELETE ON whatsapp_connections TO campotech_app;
GRANT SELECT (organization_id, sealed_with) ON whatsapp_connections TO campotech_system;

-- Keys of programs. Whoever presents one is looked for by its digest, over all organisations.
CREATE TABLE api_keys (
  organization_id uuid NOT NULL REFERENCES organizations,
  id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  display_name text NOT NULL,
  roles text[] NOT NULL CHECK (cardinality(roles) > 0 AND roles <@ ARRAY['owner', 'dispatcher']),
  prefix text NOT NULL,
  digest bytea NOT NULL UNIQUE CHECK (octet_length(digest) = 32),
  expires_at timestamptz,
  revoked_at timestamptz,
  version integer NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, id),
  CHECK (uuid_extract_version(id) = 7 AND created_at = uuid_extract_timestamp(id))
);
CALL protect_tenant_table('api_keys');
CALL open_table_to_system('api_keys');
GRANT SELECT, INSERT, UPDATE ON api_keys TO campotech_app;
GRANT SELECT (organization_id, id, roles, digest, expires_at, revoked_at) ON api_keys
  TO campotech_system;
