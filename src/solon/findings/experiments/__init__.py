"""The experiments, a file each: what is measured, and the shape that it is expected to have."""
