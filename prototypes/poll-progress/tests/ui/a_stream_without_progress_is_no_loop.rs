//! A set of operations has nowhere to park an output, and so no progress without a consumer.
use design_poll_progress as d;

fn each(group: d::Group<d::Sleep, d::Inline<d::Sleep, 2>>) {
    let _turns = d::for_each(group, |_| async {});
}

fn main() {}
