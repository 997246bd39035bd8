#!/bin/bash
# Comments the result on the pull request; a later run replaces its earlier comment.
set -euo pipefail

mark='<!-- batchmark -->'
body="$(mktemp)"
{
    echo "$mark"
    # GitHub refuses comments of more than 65536 characters.
    head -c 60000 "$COMMENT"
} >"$body"
find=".[] | select(.body | startswith(\"$mark\")) | .id"
earlier="$(gh api --paginate "repos/$REPOSITORY/issues/$NUMBER/comments" --jq "$find" | head -n 1)"
if [ -n "$earlier" ]; then
    gh api --silent -X PATCH "repos/$REPOSITORY/issues/comments/$earlier" -F "body=@$body"
else
    gh api --silent "repos/$REPOSITORY/issues/$NUMBER/comments" -F "body=@$body"
fi
