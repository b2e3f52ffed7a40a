"""Everything that speaks a supplier's language: price lists in, order sheets out.

`readers` turns a file into rows, whatever its layout; `articles` and `catalogue_import` compare
them with what we have, apply them in one transaction, and take that back. `ordersheet` lays an
order out in columns, `writers` make CSV and XLSX of it.
"""
