//! The claims of this tree can be meant: they load, and name only what exists.

use std::path::Path;

#[test]
fn every_claim_of_the_tree_loads() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let claims = xtask_judge::load::claims(&root).unwrap_or_else(|error| panic!("{error:#}"));
    let ids: Vec<&str> = claims.iter().map(|loaded| loaded.claim.id.as_str()).collect();
    for id in [
        "C017", "C018", "C019", "C031", "C032", "C033", "C047", "C048", "C058", "C059", "C060",
        "C083", "C087",
    ] {
        assert!(ids.contains(&id), "{id} is missing");
    }
}
