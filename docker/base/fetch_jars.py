"""`python fetch_jars.py FOLDER`, while images are built: the jars of jars.lock, each checked, as <FOLDER>/<set>/*.jar."""

import os
import sys
from pathlib import Path

from local import jars

for name in jars.SETS:
    cache = Path("/tmp/jars-cache")
    jars.fetch(cache, name, url=os.environ.get("MAVEN_URL") or None)
    target = Path(sys.argv[1], name)
    target.parent.mkdir(parents=True, exist_ok=True)
    jars.directory(cache, name).rename(target)
