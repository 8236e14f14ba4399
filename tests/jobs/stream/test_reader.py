"""What is said of a query that failed."""

from __future__ import annotations

import pytest

from jobs.stream.reader import cause

PROXY = """An exception was raised by the Python Proxy. Return Message: Traceback (most recent call last):
  File "clientserver.py", line 1, in _call_proxy
    return_value = method(params)
py4j.protocol.Py4JJavaError: An error occurred while calling o1.collectToArrow.
: org.apache.spark.SparkException: Job aborted due to stage failure
Caused by: java.lang.ArithmeticException: long overflow
\tat java.base/java.lang.Math.multiplyExact(Math.java:1004)"""


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("", ""),
        ("[PATH] no such path", "[PATH] no such path"),
        (PROXY, f"{PROXY.splitlines()[0]} Caused by: java.lang.ArithmeticException: long overflow"),
    ],
)
def test_an_error_is_told_with_its_last_cause(told: str, shown: str) -> None:
    assert cause(told) == shown
