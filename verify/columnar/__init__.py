"""PostgreSQL's rows and MongoDB's documents compared column by column, without making a Python object of each value.

Both sides come in the order of their keys: rows as the bytes of PostgreSQL's binary COPY, documents as raw BSON. Where
they lie is found with NumPy for thousands of rows at once, and each column is compared where it lies. Only an equality
that is certain is taken; every row of which it is not goes the way of all engines, is decoded and compared by value.
So a row can cost more than it had to, and never be called equal when it is not.
"""
