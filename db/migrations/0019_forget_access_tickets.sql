-- Tickets of certificates that nobody uses any more are deleted, by whoever keeps the tables small; who
-- deletes them can read neither a ticket nor what fences its login.
CREATE INDEX access_tickets_by_update ON access_tickets (updated_at);
CALL open_table_to_system('access_tickets');
GRANT SELECT (organization_id, certificate, service, expires_at, updated_at), DELETE
  ON access_tickets TO campotech_system;
