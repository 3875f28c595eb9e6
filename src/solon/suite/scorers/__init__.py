"""What is measured of answers. An answer that cannot be read has a score without a value, never 0."""
