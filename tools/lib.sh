# shellcheck shell=bash
# What the scripts of this folder share; they source it. Leaves the shell in the project's folder.

set -euo pipefail

# `cd` prints the folder when CDPATH is set: keep that out of the answer.
cd "$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)"

say() {
  printf '%s\n' "$*" >&2
}

fail() {
  say "$(basename -- "$0"): $*"
  exit 1
}

# Prints a command the way a person would type it, and runs it.
run() {
  local words
  printf -v words ' %q' "$@"
  say "+$words"
  "$@"
}

# Prints the comment block at the head of the calling script: its --help.
usage() {
  sed -n '2,/^$/ { s/^# \{0,1\}//; p; }' "$0"
}

has_header() {
  local folder
  for folder in /usr/include /usr/local/include; do
    [[ -e "$folder/$1" ]] && return 0
  done
  return 1
}

has_zlib() { has_header zlib.h; }
has_isal() { has_header isa-l/igzip_lib.h; }

# Toolchains come with the standard library as an archive, but a packager may have left it out.
has_static_swift() {
  local compiler
  compiler=$(command -v swift) && compiler=$(readlink -f -- "$compiler") &&
    [[ -d "${compiler%/bin/*}/lib/swift_static" ]]
}

# How to build where the fast inflate library may or may not be: the one place that decides.
# Use as: run swift test "${traits[@]}", run swift build "${release[@]}"
traits=()
if has_isal; then
  # shellcheck disable=SC2034 # read by the scripts that source this file
  traits=(--traits ISAL)
fi

# With Swift's library inside, the program starts in half the time and runs without a toolchain. What
# it holds of the library is its own: no symbols for others, equal functions once, and, at a fixed place,
# no table of a megabyte of places to correct at each start. It has 22 MB so, stripped.
release=(-c release "${traits[@]}")
if has_static_swift; then
  # shellcheck disable=SC2034 # as above
  release+=(--static-swift-stdlib -Xlinker --no-export-dynamic -Xlinker --icf=safe
    -Xswiftc -Xclang-linker -Xswiftc -no-pie)
fi
