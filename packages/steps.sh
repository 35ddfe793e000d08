# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Functions shared by ./quickstart and ./check: say what happens and how long it took, and install
# Debian packages that are missing. To be sourced by bash, in the top folder of the checkout.

# Run a command with its output in a log; show the log's end when it fails.
# Usage: step TEXT LOG COMMAND [ARGUMENT...]
step() {
    local text=$1 log=$2 start=$SECONDS status=0
    shift 2
    mkdir -p "$(dirname "$log")"
    printf '==> %s\n' "$text"
    "$@" >"$log" 2>&1 </dev/null || status=$?
    if [ "$status" -ne 0 ]; then
        tail -n 40 "$log" | sed 's/^/    | /' >&2
        printf '    FAILED after %d s; all of its output is in %s\n' $((SECONDS - start)) "$log" >&2
        return "$status"
    fi
    printf '    done in %d s\n' $((SECONDS - start))
}

# Print the packages of the given lists that are not installed, one a line.
missing_packages() {
    local package
    cat "$@" | while read -r package; do
        if ! dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed; then
            printf '%s\n' "$package"
        fi
    done
}

apt_install() {
    local as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    "${as_root[@]}" apt-get update -q &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y \
            --no-install-recommends -o Dpkg::Use-Pty=0 "$@"
}

# Install what is missing of the given lists; call apt only when something is.
# Usage: install_packages packages/core.txt [packages/test.txt]
install_packages() {
    local missing=()
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        printf 'This is not a Debian system, so packages cannot be installed here. Install what\n' >&2
        printf 'corresponds to these Debian packages, then build as docs/building.md says:\n' >&2
        cat "$@" | tr '\n' ' ' >&2
        printf '\n' >&2
        return 1
    fi
    mapfile -t missing < <(missing_packages "$@")
    if [ "${#missing[@]}" -eq 0 ]; then
        printf '==> Packages: all installed\n'
        return 0
    fi
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        printf 'These packages are missing, and installing them needs root (sudo is not here):\n' >&2
        printf '  %s\nAs root, run:\n' "${missing[*]}" >&2
        printf '  apt-get update && apt-get install --no-install-recommends %s\n' "${missing[*]}" >&2
        return 1
    fi
    if [ "$(id -u)" -ne 0 ] && ! sudo -v; then # asks for the password while the terminal is ours
        printf 'Installing packages needs root, and sudo refused: %s\n' "${missing[*]}" >&2
        return 1
    fi
    step "Installing ${#missing[@]} packages: ${missing[*]}" build/logs/packages.log \
        apt_install "${missing[@]}"
}
