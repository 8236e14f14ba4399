"""The HTTP API, version 1. It reads, and changes nothing.

Whoever asks is known to Airflow and may see its assets. All that is given is a value of its type; what is not is answered with 422.
"""
