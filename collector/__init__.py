"""EDGE: admit, stamp, publish. Nothing else."""
