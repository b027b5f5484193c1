"""The only readers and writers of xlsx, xls, ods, csv and pdf."""
