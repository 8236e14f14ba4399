#!/bin/sh
# The locked Python environment in .venv: made once, then checked in a moment. Safe to interrupt and to repeat.
set -eu

UV_VERSION=0.13.9
UV_AT_LEAST=0.9

cd "$(dirname "$0")/.."
cache=${HEADWATER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/headwater}
stamp=.venv/headwater.stamp

say() { printf '%s\n' "$*"; }
fail() { printf 'error %s\n' "$*" >&2; exit 1; }

# What the environment was made from. A changed lock, or a clone that was moved, makes it anew.
fingerprint() { cat pyproject.toml uv.lock | cksum; pwd; }

is_done() {
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint)" ] && .venv/bin/python -c '' 2>/dev/null
}

find_python() {
    for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1 || continue
        command -v "$name"
        return
    done
    fail "Python 3.11, 3.12 or 3.13 is missing (looked for: ${PYTHON:-} python3 python3.13 python3.12 python3.11)
  fix   install one (Debian 12: apt install python3 python3-venv), or name it: PYTHON=/path/to/python3 make up"
}

require_java() {
    if [ -n "${JAVA_HOME:-}" ]; then java=$JAVA_HOME/bin/java; else java=java; fi
    version=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1) || version=
    [ "${version:-0}" -ge 17 ] 2>/dev/null && return
    fail "Java 17 or newer is missing (looked for: $java; found: ${version:-none})
  fix   install one (Debian: apt install openjdk-17-jre-headless; macOS: brew install openjdk@17), or set JAVA_HOME"
}

is_good_uv() {
    "$1" --version 2>/dev/null | awk -v least="$UV_AT_LEAST" '{
        split($2, have, "."); split(least, need, ".")
        good = have[1] > need[1] || (have[1] == need[1] && have[2] >= need[2])
    } END { exit !good }'
}

# uv's path in $uv: the one on PATH, else one of our own in the cache.
find_uv() {
    if uv=$(command -v uv) && is_good_uv "$uv"; then return; fi
    home=$cache/tools/uv-$UV_VERSION
    uv=$home/bin/uv
    if is_good_uv "$uv"; then return; fi
    say "  fetching uv $UV_VERSION"
    partial=$home.$$
    mkdir -p "$cache/tools"
    rm -rf "$partial" "$home"
    trap 'rm -rf "$partial"' EXIT
    "$python" -m venv "$partial" || fail "$python cannot make a virtual environment
  fix   install its venv module (Debian: apt install python3-venv)"
    "$partial/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION" || fail "uv $UV_VERSION cannot be fetched
  fix   check the network and pip's settings, or install uv yourself, and repeat"
    # Another clone may have been faster; its uv is as good.
    mv "$partial" "$home" 2>/dev/null || is_good_uv "$uv"
    trap - EXIT
}

if is_done; then exit 0; fi
began=$(date +%s)
python=$(find_python)
require_java
say "Making the Python environment (.venv) with $python"
find_uv
if [ -e .venv ] && ! .venv/bin/python -c '' 2>/dev/null; then rm -rf .venv; fi
unset VIRTUAL_ENV UV_PROJECT_ENVIRONMENT
rm -f "$stamp"
# Without a terminal uv shows no progress, only the list of all packages.
if [ -t 2 ]; then quiet=; else quiet=--quiet; say "  fetching and unpacking packages, a minute or two the first time"; fi
UV_CACHE_DIR=${UV_CACHE_DIR:-$cache/uv} UV_PYTHON_DOWNLOADS=never UV_HTTP_TIMEOUT=${UV_HTTP_TIMEOUT:-120} \
    "$uv" sync $quiet --frozen --compile-bytecode --python "$python" || fail "the Python environment is not complete
  fix   see uv's words above; mostly the network: repeat, what was fetched is kept"
fingerprint > "$stamp"
say "  environment ready after $(($(date +%s) - began)) s"
