"""People's own statements: judged by the engine's parser, run bounded, and a cookbook of those that incidents need."""
