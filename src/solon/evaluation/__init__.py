"""Policies and judges in, measured rates with 95 % intervals out."""
