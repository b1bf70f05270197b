// A scope whose environment could be shortened would take children that borrow too little.

use design_scoped::LocalScope;

fn shorten<'s, 'long: 'short, 'short: 's>(
    scope: &'s LocalScope<'s, 'long>,
) -> &'s LocalScope<'s, 'short> {
    scope
}

fn main() {}
