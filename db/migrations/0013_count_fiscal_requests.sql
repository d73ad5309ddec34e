-- When ARCA was asked, over all organisations: its limits are rebuilt from this when Redis has
-- lost them.

CREATE INDEX fiscal_requests_by_time ON fiscal_requests (created_at);
CALL open_table_to_system('fiscal_requests');
-- Only when: what was asked, and for whom, stays the tenants' own.
GRANT SELECT (created_at) ON fiscal_requests TO campotech_system;
