#!/bin/bash
# Measures, compares with the baseline if there is one, and writes what the pull request will show.
set -euo pipefail

new="$FOLDER/new.jsonl"
baseline="$FOLDER/baseline/recording.jsonl"
comment="$FOLDER/comment.md"
mkdir -p "$FOLDER/baseline"

# The arguments are words of a shell, without substitutions.
arguments=()
if [ -n "$ARGUMENTS" ]; then
    mapfile -d '' -t arguments < <(xargs printf '%s\0' <<<"$ARGUMENTS")
fi
status=0
"$PROGRAM" run --quiet --save "$new" --markdown "$FOLDER/report.md" "${arguments[@]}" || status=$?
if [ "$status" -ne 0 ]; then
    echo "::error::batchmark run ended with exit code $status"
    exit "$status"
fi

slower=false
: >"$comment"
if [ -f "$baseline" ]; then
    limit=()
    if [ -n "$FAIL_SLOWER" ]; then
        limit=(--fail-slower "$FAIL_SLOWER")
    fi
    "$PROGRAM" compare "$baseline" "$new" "${limit[@]}" --markdown "$comment" || status=$?
    case "$status" in
    0) ;;
    4) slower=true ;;
    # Another set of strategies has nothing in common with the baseline: that fails no pull request.
    2) echo "::warning::The run cannot be compared with the baseline." ;;
    *) exit "$status" ;;
    esac
else
    echo "There is no baseline yet: run this action on the baseline branch." >"$comment"
fi
{
    echo
    cat "$FOLDER/report.md"
} >>"$comment"

cp "$new" "$baseline"
cat "$comment" >>"$GITHUB_STEP_SUMMARY"
{
    echo "slower=$slower"
    echo "recording=$new"
} >>"$GITHUB_OUTPUT"
