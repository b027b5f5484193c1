"""Selects that leave the database as NamedTuples."""
