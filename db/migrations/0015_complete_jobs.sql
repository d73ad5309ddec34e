-- Jobs that pause, cost what their price lines come to, and are noted upon.

-- Whatever was there kept the narrower rule and need not be read: hence NOT VALID.
ALTER TABLE jobs DROP CONSTRAINT jobs_state_check;
ALTER TABLE jobs ADD CONSTRAINT jobs_state_check CHECK (state IN
  ('PENDING', 'ASSIGNED', 'EN_ROUTE', 'ARRIVED', 'IN_PROGRESS', 'PAUSED', 'COMPLETED',
   'CANCELLED')) NOT VALID;

-- Arrays of small objects, each bounded: embedded, since they end with the job.
ALTER TABLE jobs
  ADD COLUMN pauses jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN price_lines jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN notes jsonb NOT NULL DEFAULT '[]';

-- Copied from the job: an invoice outlives it.
ALTER TABLE invoices ADD COLUMN lines jsonb NOT NULL DEFAULT '[]';
