"""Classification, schedule, checks and indicators. Pure: facts in, results out."""
