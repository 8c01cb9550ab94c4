"""Reports: what was, for people. Questions become a typed `Report`, and writers make a file of it."""
