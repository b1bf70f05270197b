//! A slot whose list is gone would be queued in the next owner's, who takes its user for its own.
use std::ptr::NonNull;

use kernel::wake::handle::List;

fn main() {
    let list = List::new().unwrap();
    let slot = list.slot(NonNull::<u64>::dangling().cast()).unwrap();
    drop(list);
    slot.wake();
}
