"""The browser SDK in a real browser, against a real receiver of its batches."""
