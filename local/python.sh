#!/bin/sh
# Prints the path of the first Python that runs, of the versions asked for in order of preference: python.sh 3.13 3.12
# Each candidate is run, because a version manager's shim may point nowhere. RELAY_PYTHON overrides the search.
question="import sys, sysconfig as s
sys.version.startswith(sys.argv[1]) and not s.get_config_var('Py_GIL_DISABLED') and print(sys.executable)"
for version in "$@"; do
    for candidate in \
        ${RELAY_PYTHON:-} \
        "python$version" \
        "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$version"*/bin/python"$version" \
        "$HOME"/.local/share/uv/python/cpython-"$version"*/bin/python"$version" \
        /usr/local/bin/python"$version" \
        /usr/bin/python"$version" \
        /opt/homebrew/bin/python"$version" \
        python3; do
        found=$("$candidate" -I -c "$question" "$version." 2>/dev/null) || continue
        [ -n "$found" ] && printf '%s\n' "$found" && exit 0
    done
done
exit 1
