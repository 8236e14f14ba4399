"""The tests: a package, so that a process which a test starts finds its functions by the same name."""
