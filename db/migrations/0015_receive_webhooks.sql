-- Webhooks as they came, the conversations of businesses with customers, and what customers write.

-- Deliveries of outside services: stored before they are acknowledged, processed by a task each. Kept
-- for longer than the service repeats itself, since a repeat is known by its content. What names no
-- organisation is the platform's.
CREATE TABLE webhook_inbox (
  organization_id uuid NOT NULL,
  id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  provider text NOT NULL CHECK (provider IN ('whatsapp')),
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  content bytea NOT NULL CHECK (octet_length(content) <= 4194304),
  processed_at timestamptz,
  -- How many of its events were left out, by reason.
  skipped jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (organization_id, id),
  UNIQUE (organization_id, digest),
  CHECK (uuid_extract_version(id) = 7 AND created_at = uuid_extract_timestamp(id))
);
CREATE INDEX webhook_inbox_processed ON webhook_inbox (processed_at) WHERE processed_at IS NOT NULL;
CALL protect_tenant_table('webhook_inbox');
CALL open_table_to_system('webhook_inbox');
GRANT SELECT, INSERT, UPDATE ON webhook_inbox TO campotech_app;
GRANT SELECT, DELETE ON webhook_inbox TO campotech_system;

-- People who hide their number write under an id of WhatsApp's, one for each business.
CREATE TABLE whatsapp_users (
  organization_id uuid NOT NULL,
  user_id text NOT NULL,
  customer_id uuid NOT NULL,
  PRIMARY KEY (organization_id, user_id),
  FOREIGN KEY (organization_id, customer_id) REFERENCES customers (organization_id, id)
);
CALL protect_tenant_table('whatsapp_users');
GRANT SELECT, INSERT ON whatsapp_users TO campotech_app;

CREATE INDEX customers_by_phone_number ON customers (organization_id, phone_number);

-- What a customer may send besides text; `content_type` is WhatsApp's own word for it.
ALTER TABLE whatsapp_messages ADD COLUMN content_type text;
ALTER TABLE whatsapp_messages DROP CONSTRAINT whatsapp_messages_kind_check;
ALTER TABLE whatsapp_messages ADD CONSTRAINT whatsapp_messages_kind_check
  CHECK (kind IN ('TEMPLATE', 'TEXT', 'OTHER'));

-- One conversation for each customer, with what a list of them shows. Ids of messages carry their
-- time, so the newest conversation is the one whose last message has the highest id.
CREATE TABLE whatsapp_conversations (
  organization_id uuid NOT NULL,
  customer_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  last_message_id uuid NOT NULL,
  -- When the customer last wrote, by WhatsApp's clock: free text may be sent for 24 hours after it.
  last_inbound_at timestamptz,
  -- What the customer has written since the business last wrote freely.
  unanswered_count integer NOT NULL CHECK (unanswered_count >= 0),
  version integer NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, customer_id),
  FOREIGN KEY (organization_id, customer_id) REFERENCES customers (organization_id, id)
) WITH (fillfactor = 80);
CREATE INDEX whatsapp_conversations_newest
  ON whatsapp_conversations (organization_id, last_message_id DESC);

-- The owner is bound by the policies too, and sees no tenant's rows, but for this one statement.
ALTER TABLE whatsapp_messages NO FORCE ROW LEVEL SECURITY;
INSERT INTO whatsapp_conversations
SELECT DISTINCT ON (organization_id, customer_id) organization_id, customer_id,
  min(created_at) OVER (PARTITION BY organization_id, customer_id), id, NULL, 0, 1, updated_at
FROM whatsapp_messages ORDER BY organization_id, customer_id, id DESC;
ALTER TABLE whatsapp_messages FORCE ROW LEVEL SECURITY;

CALL protect_tenant_table('whatsapp_conversations');
GRANT SELECT, INSERT, UPDATE ON whatsapp_conversations TO campotech_app;
