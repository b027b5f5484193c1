"""Medication (服药): one person's picture, the list of the week, records, stock, registers, import and export.

`record` stores, `picture` reads one person, `waiting` everybody who must be looked at, `registers` a month, `stock` the
cupboard, `review` names nobody knows. `mhdesk.rules.medicines` judges; nothing judged is stored.
"""
