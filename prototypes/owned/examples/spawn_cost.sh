#!/bin/sh
# Instructions per task: `examples/spawn_cost.sh`, needs valgrind. One line per form and window.
set -eu
cd "$(dirname "$0")/.."
cargo build --quiet --release --package design-owned --example spawn_cost
program=${CARGO_TARGET_DIR:-../../target}/release/examples/spawn_cost
for form in task cancel production scope set; do
    for window in 64 1000; do
        collected=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null \
            --toggle-collect='*measured*' "$program" "$form" "$window" 2>&1 |
            sed -n 's/.*Collected : //p')
        echo "$form window=$window $((collected / 64000)) $("$program" "$form" "$window")"
    done
done
