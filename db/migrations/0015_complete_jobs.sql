-- Jobs that pause.

-- Whatever was there kept the narrower rule and need not be read: hence NOT VALID.
ALTER TABLE jobs DROP CONSTRAINT jobs_state_check;
ALTER TABLE jobs ADD CONSTRAINT jobs_state_check CHECK (state IN
  ('PENDING', 'ASSIGNED', 'EN_ROUTE', 'ARRIVED', 'IN_PROGRESS', 'PAUSED', 'COMPLETED',
   'CANCELLED')) NOT VALID;

-- An array of objects of a few words each: embedded, since it ends with the job.
ALTER TABLE jobs ADD COLUMN pauses jsonb NOT NULL DEFAULT '[]';
