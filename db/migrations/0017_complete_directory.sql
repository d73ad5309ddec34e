-- Members who leave, and customers found by what somebody remembers of them.

-- Both come with Postgres and are trusted: the owner of a database may create them.
CREATE EXTENSION IF NOT EXISTS btree_gin;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;

ALTER TABLE members ADD COLUMN ended_at timestamptz;
-- When the row was last written, by this clock: servers ask what is new since they asked last.
ALTER TABLE members ADD COLUMN standing_changed_at timestamptz NOT NULL DEFAULT clock_timestamp();
CREATE INDEX members_by_standing_change ON members (standing_changed_at, id);
-- A server serves all organisations, so it reads the news of all; of a person no more than this.
CALL open_table_to_system('members');
GRANT SELECT (organization_id, id, subject, roles, ended_at, standing_changed_at)
  ON members TO campotech_system;

-- Text as it is searched: lower-case words without accents, spelt as they sound in Spanish, so that
-- Gonsales finds González. Between words is one space, and around the whole.
CREATE FUNCTION searchable(written text) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
DECLARE
  said text := lower(unaccent('unaccent', written));
BEGIN
  said := replace(replace(replace(said, 'll', 'i'), 'y', 'i'), 'qu', 'k');
  said := regexp_replace(said, 'c([ei])', 's\1', 'g');
  said := regexp_replace(said, 'g([ei])', 'j\1', 'g');
  said := translate(said, 'zvxqch', 'sbskk');
  said := regexp_replace(said, '([a-z])\1+', '\1', 'g');
  RETURN ' ' || btrim(regexp_replace(said, '[^[:alnum:]]+', ' ', 'g')) || ' ';
END $$;

-- The words of a query. What has no letters is one number, however it was grouped, without what
-- people dial before it at home: 011 5555-0123 and +54 9 11 5555 0123 are 1155550123.
CREATE FUNCTION search_words(query text) RETURNS text[]
LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = public, pg_temp AS $$
DECLARE
  digits text := regexp_replace(query, '[^0-9]', '', 'g');
BEGIN
  IF query !~ '[[:alpha:]]' AND length(digits) >= 6 THEN
    RETURN ARRAY[regexp_replace(digits, '^(0|549?(?=[0-9]{8}))+', '')];
  END IF;
  RETURN ARRAY(
    SELECT left(word, 40) FROM regexp_split_to_table(btrim(searchable(query)), ' ')
      WITH ORDINALITY AS split (word, position)
    WHERE word <> '' ORDER BY position LIMIT 8);
END $$;

-- How a word of a query must be found: a number anywhere, another word at the beginning of one. The
-- last letter is left out where the one after it would say how it sounds.
CREATE FUNCTION search_pattern(word text) RETURNS text
  LANGUAGE sql IMMUTABLE PARALLEL SAFE
  RETURN CASE
    WHEN word ~ '^[0-9]{3,}$' THEN '%' || word || '%'
    ELSE '% ' || regexp_replace(word, '(?<=...)[kgl]$', '') || '%' END;

-- What customers are searched by, kept by a trigger, since customers come in by several ways.
CREATE TABLE customer_search (
  organization_id uuid NOT NULL,
  customer_id uuid NOT NULL,
  content text NOT NULL,
  PRIMARY KEY (organization_id, customer_id),
  FOREIGN KEY (organization_id, customer_id) REFERENCES customers (organization_id, id)
    ON DELETE CASCADE
);
-- Without a list of what is still to be filed, which every search would have to read as well.
CREATE INDEX customer_search_by_content
  ON customer_search USING gin (organization_id, content gin_trgm_ops) WITH (fastupdate = off);
CALL protect_tenant_table('customer_search');
GRANT SELECT, INSERT, UPDATE ON customer_search TO campotech_app;

CREATE FUNCTION file_customer() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO customer_search (organization_id, customer_id, content)
  VALUES (NEW.organization_id, NEW.id, searchable(concat_ws(' ', NEW.display_name, NEW.email,
    NEW.phone_number, NEW.document_number, NEW.address ->> 'street_address',
    NEW.address ->> 'locality', NEW.address ->> 'province', NEW.address ->> 'postal_code')))
  ON CONFLICT (organization_id, customer_id) DO UPDATE SET content = EXCLUDED.content
    WHERE customer_search.content <> EXCLUDED.content;
  RETURN NULL;
END $$;
CREATE TRIGGER file_customer AFTER INSERT OR UPDATE ON customers
  FOR EACH ROW EXECUTE FUNCTION file_customer();

-- The owner is bound by the policies too, and sees no tenant's rows, but for this one statement.
ALTER TABLE customers NO FORCE ROW LEVEL SECURITY;
ALTER TABLE customer_search NO FORCE ROW LEVEL SECURITY;
INSERT INTO customer_search
SELECT organization_id, id, searchable(concat_ws(' ', display_name, email, phone_number,
  document_number, address ->> 'street_address', address ->> 'locality', address ->> 'province',
  address ->> 'postal_code'))
FROM customers;
ALTER TABLE customers FORCE ROW LEVEL SECURITY;
-- Not so customer_search: LIKE and similarity are not leakproof, so that under a policy they reach
-- neither an index nor the statistics. The function below runs as the owner, whom this table alone
-- does not bind, and sees to the organisation itself: it is that of the transaction, whatever the
-- function is called with. Everybody else is bound by the policy.

-- Its settings are known, and may be set below, once the library is loaded.
SELECT similarity('', '');

-- Returns the customers in whom every word of the query is found, the newest first; if there are
-- none at all, those most alike, the closest first.
CREATE FUNCTION search_customers(query text, before uuid, most integer)
RETURNS TABLE (customer_id uuid, is_alike boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
SET search_path = public, pg_temp SET pg_trgm.strict_word_similarity_threshold = 0.35 AS $$
DECLARE
  organization constant uuid := current_organization_id();
  words constant text[] := search_words(query);
  -- The index begins with the organisation, and yet a word that most businesses have makes it long
  -- to walk through. The few customers of most of them are sooner read; || hides them from it.
  has_few constant boolean := NOT EXISTS (
    SELECT FROM customer_search AS own WHERE own.organization_id = organization OFFSET 2000);
  place constant text := CASE WHEN has_few THEN '(content || '''')' ELSE 'content' END;
  found_in text;
  alike text;
  closeness text;
BEGIN
  -- The words are letters and digits alone, and quoted all the same: as constants they let the
  -- planner see how common each is.
  SELECT string_agg(format('%s LIKE %L', place, search_pattern(word)), ' AND '),
    string_agg(format('%s %%>> %L', place, word), ' AND '),
    string_agg(format('strict_word_similarity(%L, content)', word), ' + ')
  INTO found_in, alike, closeness FROM unnest(words) AS word;
  IF found_in IS NULL THEN
    RETURN;
  END IF;
  RETURN QUERY EXECUTE format(
    'SELECT customer_id, false FROM customer_search WHERE organization_id = $1 AND %s'
    ' AND ($2 IS NULL OR customer_id < $2) ORDER BY customer_id DESC LIMIT $3', found_in)
    USING organization, before, most;
  IF NOT FOUND AND before IS NULL THEN
    RETURN QUERY EXECUTE format(
      'SELECT customer_id, true FROM customer_search WHERE organization_id = $1 AND %s'
      ' ORDER BY %s DESC, customer_id DESC LIMIT $3', alike, closeness)
      USING organization, before, most;
  END IF;
END $$;
REVOKE EXECUTE ON FUNCTION search_customers FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_customers TO campotech_app;
