"""Headwater's stream beside what else could do the work, measured from outside and in the same way for all."""
