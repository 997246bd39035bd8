#!/bin/bash
# Packs a built program with its completions, its manual page and its licences: PROGRAM TARGET FOLDER.
set -euo pipefail

program=$1 target=$2 folder=$3
name="batchmark-$target"
packed=$(mktemp -d)
trap 'rm -rf "$packed"' EXIT
mkdir -p "$folder" "$packed/$name/completions" "$packed/$name/man"

install -m 755 "$program" "$packed/$name/batchmark"
for shell in bash elvish fish powershell zsh; do
    "$program" completions "$shell" > "$packed/$name/completions/batchmark.$shell"
done
"$program" man > "$packed/$name/man/batchmark.1"
cp README.md CHANGELOG.md LICENSE-APACHE LICENSE-MIT "$packed/$name/"
tar -C "$packed" -czf "$folder/$name.tar.gz" "$name"
