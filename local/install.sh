#!/bin/sh
# Installs everything from the hash-locked files: .venv, the Lambda runtime's own environment and the layer's wheels.
# Afterwards nothing needs a network. Does nothing when all of it is current.
set -eu
cd "$(dirname "$0")/.."
inputs="requirements/*.txt layers/relay/requirements.txt pyproject.toml local/install.sh local/python.sh"
# shellcheck disable=SC2086
current="$(cat $inputs | cksum) $PWD"
if [ "$(cat .relay/installed 2>/dev/null)" = "$current" ] &&
    .venv/bin/python -c '' 2>/dev/null && .relay/runtime/bin/python -c '' 2>/dev/null; then
    exit 0
fi

say() { printf '\033[2m%s\033[0m\n' "$*" >&2; }
fail() { printf '%s\n' "$*" >&2 && exit 1; }

if ! .venv/bin/python -c '' 2>/dev/null; then
    python=$(sh local/python.sh 3.13 3.12 3.11 3.14) ||
        fail "No Python from 3.11 to 3.14 was found. Install one (Debian: sudo apt install python3 python3-venv), then run make again."
    say "installing with $python ($("$python" -c 'import platform; print(platform.python_version())')) ..."
    rm -rf .venv .relay/runtime
    "$python" -c 'import ensurepip, venv; ensurepip.version()' 2>/dev/null ||
        fail "$python cannot make a virtual environment. Install its venv module (Debian: sudo apt install python3-venv), then run make again."
    "$python" -m venv .venv
fi
lost="Could not install the locked packages. The first install needs a network (or a package mirror set up for pip and uv): check it, then run make again."
.venv/bin/uv --version >/dev/null 2>&1 ||
    .venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/installer.txt || fail "$lost"
uv="env -u VIRTUAL_ENV .venv/bin/uv"
say "installing the development environment into .venv ..."
$uv pip sync -q --python .venv/bin/python --require-hashes requirements/development.txt || fail "$lost"
$uv pip install -q --python .venv/bin/python --offline --no-deps --no-build-isolation -e .

say "installing what Lambda's own runtime has into .relay/runtime ..."
mkdir -p .relay
.relay/runtime/bin/python -c '' 2>/dev/null || .venv/bin/python -m venv --without-pip .relay/runtime
$uv pip sync -q --compile-bytecode --python .relay/runtime/bin/python --require-hashes requirements/runtime.txt || fail "$lost"

say "fetching the layer's wheels for Lambda and for this computer into .relay/wheels ..."
fetch() {
    .venv/bin/python -m pip download -qq --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
        -d .relay/wheels "$@" -r layers/relay/requirements.txt || fail "$lost"
}
rm -rf .relay/wheels
fetch
fetch --implementation cp --python-version 3.13 --platform manylinux2014_aarch64 --platform manylinux_2_28_aarch64
cksum <layers/relay/requirements.txt >.relay/wheels/lock
printf '%s' "$current" >.relay/installed
