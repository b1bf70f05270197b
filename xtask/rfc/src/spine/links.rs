//! Links to what the blocks name.

use super::data::Spine;
use super::read::PROBLEMS;
use crate::book::link_between;
use crate::table::Place;

/// A workload by its id, and whether it is there.
pub(crate) fn workload(spine: &Spine, id: &str) -> String {
    match spine.built.contains(id) {
        true => format!("Settled by a claim on the workload `{id}`, which is built."),
        false => format!("Settled by the workload `{id}`, which is not built."),
    }
}

/// The page of a problem.
pub(crate) fn problem_link(place: &Place<'_>, id: &str, title: &str) -> String {
    format!("[{title}]({})", link_between(place.file, &format!("{PROBLEMS}/{id}.md")))
}

/// The page of a claim.
pub(crate) fn claim_link(place: &Place<'_>, id: &str) -> String {
    format!("[{id}]({})", link_between(place.file, &format!("rfc/evidence/{id}.md")))
}
