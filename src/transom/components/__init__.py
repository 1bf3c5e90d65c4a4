"""The components: what each is, and of a native one the function that makes its tables.

A native component is a module of its own here with a value `COMPONENT` and a function `apply(given)`.
"""
