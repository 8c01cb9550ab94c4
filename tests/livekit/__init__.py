"""A real LiveKit: the server, its browser client and its Python client, and rooms in which all of them meet."""
