"""The page's own modules at work without a browser: by the JavaScript that the browser's driver brings."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from lakehouse.web import page_files
from playwright._impl._driver import compute_driver_executable

PAGE = Path(page_files.__file__).parent / "page"
# What Airflow's page has before ours is loaded: the modules take it, and only what draws uses it.
AIRFLOWS = """Object.assign(globalThis, { React: {}, ReactRouterDOM: {}, ChakraUI: {} });
if (given.here) globalThis.document = { baseURI: given.here };"""


def run(script: str, *modules: str, **given: Any) -> Any:
    """What the script, the body of an async function, returns; its names are the modules' and those of what is given. `here`: the
    address at which the page would be open."""
    brought = "".join(f"const {name} = await import({json.dumps((PAGE / f'{name}.js').as_uri())});\n" for name in modules)
    names = "".join(f"const {name} = given.{name};\n" for name in given)
    told = f"console.log(JSON.stringify(await (async () => {{ {script} }})()) ?? 'null');"
    program = f"const given = {json.dumps(given)};\n{AIRFLOWS}\n{brought}{names}{told}"
    node, _ = compute_driver_executable()
    done = subprocess.run([node, "--input-type=module", "-"], input=program, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
