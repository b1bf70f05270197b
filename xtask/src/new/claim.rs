//! A claim: one falsifiable sentence with its check.

use std::path::Path;

use anyhow::Result;
use xtask_bench::InputError;

use super::skeleton::{Skeleton, plain, walk};

pub(super) fn skeleton(root: &Path, id: &str, slug: Option<&str>) -> Result<Skeleton> {
    // `C120 my-sentence` and `C120-my-sentence` mean the same.
    let (number, joined) = id.split_once('-').map_or((id, None), |(a, b)| (a, Some(b)));
    let digits = number.strip_prefix('C').unwrap_or_default();
    if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let text = format!("`{number}` is not a claim's id; use C and three digits, as in C120");
        return Err(InputError::new(text).into());
    }
    let Some(slug) = slug.or(joined) else {
        let text = format!(
            "a claim's file has a slug; give one, as in `cargo xtask new claim {number} my-sentence`"
        );
        return Err(InputError::new(text).into());
    };
    let slug = plain(slug)?;
    let dir = root.join("rfc/claims");
    for path in walk(&dir)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with(number) {
            let text =
                format!("{} has the id {number} already; ids are never reused", path.display());
            return Err(InputError::new(text).into());
        }
    }
    let text = format!(
        "format = 1\nid = \"{number}\"\ntitle = \"\"\nsentence = \"One falsifiable sentence.\"\n\
         chapter = \"status-quo/reliability\"\nseed = [\"SB3\"]\naxioms = []\nstance = {{ poll = \"against\" }}\n\
         class = \"exact\"\nrefuted_by = \"a record in which …\"\nsays_nothing_about = \"…\"\n\n[[check]]\nname = \"lost\"\n\
         of = {{ workload = \"select-recreate-loss\", case = \"hazard\", design = \"poll\", metric = \"lost_items\" }}\n\
         compare = \"value\"\nat_least = 1\ntargets = [\"sim\"]\n"
    );
    Ok(vec![(dir.join(format!("{number}-{slug}.toml")), text)])
}
