"""CPU and memory of a process with its children."""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks.usage import Usage

SPEND = "import time\nheld = bytearray(60_000_000)\nwhile time.process_time() < 0.8: pass\ntime.sleep(1.5)"


def test_what_a_child_uses_is_counted() -> None:
    parent = subprocess.Popen([sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SPEND!r}])"])
    with Usage([parent.pid]) as usage:
        since = time.time()
        parent.wait()
        until = time.time()

    assert usage.cpu_seconds(since, until) > 0.6
    assert usage.peak_bytes() > 60_000_000
