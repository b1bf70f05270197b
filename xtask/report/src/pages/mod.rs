//! The pages, one module each: a function from the book to a page.

mod axes;
pub(crate) mod bars;
mod cost;
mod curves;
mod depth;
mod embedded;
mod foretold;
pub(crate) mod hazards;
mod index;
pub(crate) mod latency;
mod scaling;
mod sizes;
mod time;

use crate::book::Sheet;
use crate::page::{Page, Source};

/// All generated pages in the order in which a reader should meet them.
pub(crate) fn all(source: Source<'_>) -> Vec<Page> {
    let timed = source.book.sheet("linux").map_or(&[][..], Sheet::groups);
    let mut operations = cost::pages(source, timed);
    let rest = operations.split_off(3);
    let mut costs = operations;
    costs.extend([
        scaling::page(source),
        depth::page(source),
        sizes::page(source),
        embedded::page(source),
    ]);
    costs.extend(rest);
    let measures =
        [bars::page(source, source.bars, timed), time::page(source, timed), latency::page(source)];
    let list: Vec<&Page> = costs.iter().chain(&measures).collect();
    let cost = cost::index(source, &list);
    let mut pages = hazards::pages(source);
    // Behind the overview, before the page of each hazard.
    pages.insert(1, axes::page(source));
    pages.push(cost);
    pages.extend(costs);
    pages.extend(measures);
    let index = index::page(source, &pages);
    std::iter::once(index).chain(pages).collect()
}
