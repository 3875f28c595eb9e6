"""The commands: each parses its arguments, calls one room, and tells where the result is."""
