#!/bin/sh
# Makes .venv from the first Python that can. Run from the project's root by make.
set -eu

# 3.11 and 3.12 come first: for them every dependency has a wheel. The system's come before others of the same
# version: distributions build Python with profiles, version managers mostly do not, and a worker sends a sixth
# less with such a one. PYTHONS names others to choose from.
CANDIDATES="${PYTHONS:-/usr/bin/python3.12 /usr/bin/python3.11 python3.11 python3.12 python3 python3.13 python3.14}"

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
makes_venvs() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

first() { # the first candidate that passes every test named
    for python in $CANDIDATES; do
        passed=yes
        for check in "$@"; do "$check" "$python" || { passed=no; break; }; done
        if [ "$passed" = yes ]; then echo "$python"; return 0; fi
    done
    return 1
}

if ! python=$(first new_enough makes_venvs); then
    if ! lacking=$(first new_enough); then
        echo "Hookdesk needs Python 3.11 or newer: install it (Debian: apt-get install python3 python3-venv;" \
            "macOS: brew install python@3.12)." >&2
        exit 1
    fi
    # Debian ships the venv module without its pip; the package with it is python3-venv.
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing python3-venv ..."
        { apt-get update -qq && apt-get install -y -qq python3-venv; } >/dev/null
    fi
    if ! makes_venvs "$lacking"; then
        echo "$lacking cannot make virtual environments: run \`apt-get install python3-venv\` and try again." >&2
        exit 1
    fi
    python=$lacking
fi

echo "Making .venv with $("$python" --version) ..."
rm -rf .venv
"$python" -m venv .venv
