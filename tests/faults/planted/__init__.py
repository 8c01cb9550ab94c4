"""Faults and kills that are planted in the service's processes, so that the checks show what they can see.

Python imports `sitecustomize` at the start of every process that has this folder on its PYTHONPATH.
"""
