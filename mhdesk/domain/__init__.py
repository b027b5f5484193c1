"""The words of the field: frozen values and what belongs to them. Pure: no clock, no Qt, no SQL, no files."""
