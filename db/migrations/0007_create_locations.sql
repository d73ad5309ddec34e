-- Technicians' phones, the numberings of their fixes, and the fixes themselves.

CREATE TABLE devices (
  organization_id uuid NOT NULL,
  id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  technician_id uuid NOT NULL,
  device_label text NOT NULL,
  platform text NOT NULL CHECK (platform IN ('ANDROID', 'IOS', 'OTHER')),
  installation_id uuid NOT NULL,
  install_epoch bigint NOT NULL,
  version integer NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (organization_id, id),
  UNIQUE (organization_id, installation_id),
  FOREIGN KEY (organization_id, technician_id) REFERENCES members (organization_id, id),
  CHECK (uuid_extract_version(id) = 7 AND created_at = uuid_extract_timestamp(id))
);
CALL protect_tenant_table('devices');
GRANT SELECT, INSERT, UPDATE ON devices TO campotech_app;

-- Each numbering of a device has a number of its own, so that a fix names both in four bytes.
-- `acked` is the cursor: which fixes were answered for, with the gaps that a newest-first backlog
-- leaves. It moves with every batch, on its page: no index holds it and a third of a page is free.
CREATE TABLE device_installs (
  organization_id uuid NOT NULL,
  device_id uuid NOT NULL,
  install_epoch bigint NOT NULL CHECK (install_epoch > 0),
  number integer GENERATED ALWAYS AS IDENTITY,
  acked int4multirange NOT NULL DEFAULT '{}',
  PRIMARY KEY (organization_id, device_id, install_epoch),
  UNIQUE (organization_id, number),
  FOREIGN KEY (organization_id, device_id) REFERENCES devices (organization_id, id)
) WITH (fillfactor = 70);
CALL protect_tenant_table('device_installs');
CALL open_table_to_system('device_installs');
GRANT SELECT, INSERT ON device_installs TO campotech_app;
GRANT SELECT, UPDATE ON device_installs TO campotech_system;

-- A business with a few phones writes hundreds of thousands of these a month, so columns stand in the
-- order that wastes no padding: 84 bytes here and 45 in a full index. Both times are kept: the
-- phone's, whatever its clock said, and ours.
CREATE TABLE technician_locations (
  organization_id uuid NOT NULL,
  recorded_at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  install_number integer NOT NULL,
  seq integer NOT NULL,
  latitude_e7 integer NOT NULL CHECK (latitude_e7 BETWEEN -900000000 AND 900000000),
  longitude_e7 integer NOT NULL CHECK (longitude_e7 BETWEEN -1800000000 AND 1800000000),
  accuracy_decimeters smallint,
  speed_decimeters_per_second smallint,
  heading_decidegrees smallint,
  -- One byte, where smallint takes two and would cost eight for padding: read it as ::integer.
  battery_percent "char",
  is_mock boolean NOT NULL,
  PRIMARY KEY (organization_id, install_number, seq, recorded_at)
) PARTITION BY RANGE (recorded_at);
CALL protect_tenant_table('technician_locations');
CALL open_table_to_system('technician_locations');
GRANT SELECT ON technician_locations TO campotech_app;
GRANT SELECT, INSERT ON technician_locations TO campotech_system;
INSERT INTO partitioned_tables VALUES ('technician_locations', 'recorded_at', 'day', 14, '90 days');
