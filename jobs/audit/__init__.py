"""The auditor: counts again what is there, and shares no code with what it audits (tests/test_architecture.py holds it to that)."""
