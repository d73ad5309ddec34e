-- What it takes to keep to ARCA's limits, and to wait for it in good order.

-- When ARCA was asked, over all organisations: its limits are rebuilt from this when Redis has
-- lost them.
CREATE INDEX fiscal_requests_by_time ON fiscal_requests (created_at);
CALL open_table_to_system('fiscal_requests');
-- Only when: what was asked, and for whom, stays the tenants' own.
GRANT SELECT (created_at) ON fiscal_requests TO campotech_system;

-- Since when the number of the invoice in flight is reserved: others wait the longer for the series
-- the longer it is busy. NULL also where it was reserved before this column was there.
ALTER TABLE fiscal_series ADD COLUMN in_flight_since timestamptz;
