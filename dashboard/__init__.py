"""VIEW: the typed queries of analytics as Dash pages. No SQL here."""
