# The program prints its completions itself, so they are those of the version that runs.
batchmark completions fish 2>/dev/null | source
