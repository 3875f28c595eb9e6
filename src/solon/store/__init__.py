"""What a run leaves on the disk: records, stage folders, the cache, and where everything came from."""
