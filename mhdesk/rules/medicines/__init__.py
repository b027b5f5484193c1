"""What is known about a person's medicines over time: orders, how long they last, injections due, periods, questions.

Everything here is judged anew from visits, orders, dispensings and injections each time it is asked; nothing of it is
stored. Numbers it judges by are `terms` (``resources/medication.toml``), never constants. It never advises a treatment.
"""
