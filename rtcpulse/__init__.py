"""FRONT DOOR: the command line, the composition of processes, the demo call generator, the Python agent."""
