//! Eight bytes must not go to any file that has the number.
use kernel::wake::notifier::ring;

fn main() {
    ring(3);
}
