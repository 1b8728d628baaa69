/**
 * A counter for each row that counted rows carry in their column `beat`. It grows with every write of the
 * row in the order of the commits, since each write holds the counter until its transaction ends; and it
 * goes on counting when the row is deleted and comes back. So whoever sees a row with fewer beats than
 * before has been shown the past.
 */
export const beatsSql = `
CREATE SCHEMA counting;
CREATE TABLE counting.beats (relation text, id integer, n bigint NOT NULL, PRIMARY KEY (relation, id));
CREATE FUNCTION counting.beat() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO counting.beats AS b VALUES (TG_TABLE_NAME, NEW.id, 1)
    ON CONFLICT (relation, id) DO UPDATE SET n = b.n + 1 RETURNING n INTO NEW.beat;
  RETURN NEW;
END $$;`;

export const countBeats = (table: string) =>
  `CREATE TRIGGER beat BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION counting.beat();`;
