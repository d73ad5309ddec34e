-- Jobs that pause, cost what their price lines come to, and are noted upon.

-- Whatever was there kept the narrower rule and need not be read: hence NOT VALID.
ALTER TABLE jobs DROP CONSTRAINT jobs_state_check;
ALTER TABLE jobs ADD CONSTRAINT jobs_state_check CHECK (state IN
  ('PENDING', 'ASSIGNED', 'EN_ROUTE', 'ARRIVED', 'IN_PROGRESS', 'PAUSED', 'COMPLETED',
   'CANCELLED')) NOT VALID;

-- Arrays of small objects, each bounded, or NULL for none: embedded, since they end with the job.
ALTER TABLE jobs ADD COLUMN pauses jsonb, ADD COLUMN price_lines jsonb, ADD COLUMN notes jsonb;

-- A technician's own list, whatever states it asks for.
CREATE INDEX jobs_by_technician_and_time
  ON jobs (organization_id, technician_id, created_at DESC, id DESC);

-- What takes a technician's time: open jobs alone, of which there are few however old the business.
CREATE INDEX jobs_by_booking ON jobs (organization_id, technician_id, scheduled_start_at)
  WHERE state IN ('ASSIGNED', 'EN_ROUTE', 'ARRIVED', 'IN_PROGRESS', 'PAUSED');

-- Copied from the job: an invoice outlives it.
ALTER TABLE invoices ADD COLUMN lines jsonb;
