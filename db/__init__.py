"""The only SQL: the encrypted file, its schema, steps, queries, backup and audit. Rows never leave this package."""
