#!/bin/sh
# What the tests need of the machine: Chromium, Node.js, redis-server, libfaketime and PostgreSQL's programs (no
# running services).
# Installs them on Debian as root; elsewhere says what to install and ends with 1. Quick if all is there.
set -eu

has() { command -v "$1" >/dev/null 2>&1; }
has_postgresql() { has initdb || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
has_faketime() {
    for library in /usr/lib/*/faketime/libfaketime* /usr/lib/faketime/libfaketime* \
        /usr/local/lib/faketime/libfaketime* /opt/homebrew/lib/faketime/libfaketime*; do
        if [ -e "$library" ]; then return 0; fi
    done
    return 1
}
has_chromium() {
    has chromium || has chromium-browser || has google-chrome ||
        [ -x "/Applications/Chromium.app/Contents/MacOS/Chromium" ] ||
        [ -x "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome" ]
}

debian="" brew=""
has_chromium || { debian="$debian chromium fonts-liberation"; brew="$brew && brew install --cask chromium"; }
has node || { debian="$debian nodejs"; brew="$brew && brew install node"; }
has redis-server || { debian="$debian redis-server"; brew="$brew && brew install redis"; }
has_postgresql || { debian="$debian postgresql"; brew="$brew && brew install postgresql@16"; }
has_faketime || { debian="$debian faketime"; brew="$brew && brew install libfaketime"; }
[ -n "$debian" ] || exit 0

if [ "$(uname)" = Darwin ]; then
    echo "The tests need more of this machine. Run: ${brew# && }" >&2
    exit 1
fi
if ! has apt-get || [ "$(id -u)" != 0 ]; then
    echo "The tests need more of this machine. On Debian run: sudo apt-get install$debian" >&2
    exit 1
fi

echo "Installing$debian for the tests ..."
# Programs only: a file that says 101 keeps Debian from starting services.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $debian >/dev/null
