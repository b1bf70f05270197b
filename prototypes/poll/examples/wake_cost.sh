#!/bin/sh
# Instructions per wake: `examples/wake_cost.sh`, needs valgrind. One line per set and s.
set -eu
cd "$(dirname "$0")/.."
cargo build --quiet --release --package design-poll --example wake_cost
program=${CARGO_TARGET_DIR:-../../target}/release/examples/wake_cost
for s in 1 64; do
    rounds=$((64000 / s))
    for set in base inline heap buffered unordered; do
        collected=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null \
            --toggle-collect='*measured*' "$program" "$set" "$s" "$rounds" 2>&1 |
            sed -n 's/.*Collected : //p')
        echo "s=$s $set $((collected / (s * rounds)))"
    done
done
