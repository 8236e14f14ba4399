"""The parts of the stack, one module each: what to prepare, what to run, and how to see that it answers."""
