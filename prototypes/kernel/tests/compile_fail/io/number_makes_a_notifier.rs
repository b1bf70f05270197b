//! Eight bytes must not go to any file that has the number.
use kernel::wake::notifier::Notifier;

fn main() {
    Notifier { number: 3 }.ring();
}
