"""JUDGEMENT: rows to minutes, sessions and answers. SQL in .sql files."""
