"""The pages: each module has `layout(view, name)` and `register(app, desk)`."""
