"""Reports: what they say against SQL, and the files against other people's readers."""
