"""OpenLineage: which topics and tables a run has read and written, at which offsets and versions. `docs/lineage.md` says what is told.

It is told beside the data, and never in its way: an event that cannot be sent stops nothing, is logged once and counted.
"""
