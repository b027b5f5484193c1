"""The national forms as field tables: load them, parse what was typed, decide what may be skipped."""
