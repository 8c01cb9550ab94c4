-- 0003: a replayed dead letter is a new position that names the old one.
-- Columns and their meaning: schemas/tables/raw.py.
ALTER TABLE batches ADD COLUMN IF NOT EXISTS replay_of String CODEC(ZSTD(1)) AFTER tags;
