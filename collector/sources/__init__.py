"""Foreign formats: each module translates what one system sends into batches of ours."""
