"""CONTRACTS: what crosses a process boundary. Pure data; no I/O; imports nothing of ours."""
