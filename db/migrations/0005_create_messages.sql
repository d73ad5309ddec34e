-- WhatsApp messages, partitioned by the ISO week of their birth.

CREATE TABLE whatsapp_messages (
  organization_id uuid NOT NULL,
  id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  customer_id uuid NOT NULL,
  job_id uuid,
  direction text NOT NULL CHECK (direction IN ('INBOUND', 'OUTBOUND')),
  kind text NOT NULL CHECK (kind IN ('TEMPLATE', 'TEXT')),
  state text NOT NULL CHECK (state IN ('QUEUED', 'SENT', 'DELIVERED', 'READ', 'FAILED')),
  template_name text,
  template_language text,
  template_parameters text[] NOT NULL DEFAULT '{}',
  body text NOT NULL,
  phone_number text NOT NULL,
  wamid text,
  failure_code text,
  failure_message text,
  -- When a send began whose outcome is not known yet: it must not simply be sent again.
  sending_since timestamptz,
  sent_at timestamptz,
  version integer NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, id, created_at),
  FOREIGN KEY (organization_id, customer_id) REFERENCES customers (organization_id, id),
  CHECK (uuid_extract_version(id) = 7 AND created_at = uuid_extract_timestamp(id)),
  CHECK ((kind = 'TEMPLATE') = (template_name IS NOT NULL)),
  CHECK ((state = 'FAILED') = (failure_code IS NOT NULL))
) PARTITION BY RANGE (created_at);
CREATE INDEX whatsapp_messages_by_customer
  ON whatsapp_messages (organization_id, customer_id, created_at DESC, id DESC);
CREATE INDEX whatsapp_messages_by_job
  ON whatsapp_messages (organization_id, job_id, created_at DESC, id DESC);
CREATE INDEX whatsapp_messages_by_time
  ON whatsapp_messages (organization_id, created_at DESC, id DESC);
CALL protect_tenant_table('whatsapp_messages');
GRANT SELECT, INSERT, UPDATE ON whatsapp_messages TO campotech_app;
INSERT INTO partitioned_tables VALUES ('whatsapp_messages', 'created_at', 'week', 12, '1 year');

-- WhatsApp's own ids, unique over all partitions.
CREATE TABLE whatsapp_message_ids (
  wamid text PRIMARY KEY,
  organization_id uuid NOT NULL,
  message_id uuid NOT NULL
);
CALL protect_tenant_table('whatsapp_message_ids');
GRANT SELECT, INSERT ON whatsapp_message_ids TO campotech_app;
