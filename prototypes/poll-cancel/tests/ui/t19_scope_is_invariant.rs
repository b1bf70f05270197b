// A scope whose environment could be shortened would take children that borrow too little.

use design_poll_cancel::Scope;

fn shorten<'s, 'long: 'short, 'short: 's>(
    scope: &'s Scope<'s, 'long, 0>,
) -> &'s Scope<'s, 'short, 0> {
    scope
}

fn main() {}
