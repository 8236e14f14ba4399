"""Drills: faults injected into the real stack under load, and what must hold nonetheless."""
