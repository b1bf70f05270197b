//! Filters in the words of a record: `workload/case` and `design/mode+variant`.

use anyhow::Result;

use crate::InputError;
use crate::glob::Glob;

/// One pattern: an id, and what may stand behind it.
#[derive(Debug)]
struct Name {
    /// The id as it was written.
    text: String,
    id: Glob,
    /// A case of a workload, or a mode of a design.
    part: Option<Glob>,
    variant: Option<Glob>,
}

/// What there is: an id with one of its parts and variants.
pub(super) type Known<'a> = (&'a str, Option<&'a str>, &'a str);

/// Any of several patterns; none at all matches everything.
#[derive(Debug)]
pub(super) struct Names(Vec<Name>);

impl Name {
    fn new(pattern: &str) -> Result<Name> {
        let (rest, variant) = match pattern.split_once('+') {
            Some((rest, variant)) => (rest, Some(variant)),
            None => (pattern, None),
        };
        let (id, part) = match rest.split_once('/') {
            Some((id, part)) => (id, Some(part)),
            None => (rest, None),
        };
        let glob = |text: &str| {
            Glob::new(text)
                .map_err(|error| InputError::new(format!("`{pattern}` is not a glob: {error}")))
        };
        Ok(Name {
            text: id.to_owned(),
            id: glob(id)?,
            part: part.map(glob).transpose()?,
            variant: variant.map(glob).transpose()?,
        })
    }

    fn part(&self, id: &str, part: Option<&str>) -> bool {
        let fits = |glob: &Glob| part.is_some_and(|part| glob.is_match(part));
        self.id.is_match(id) && self.part.as_ref().is_none_or(fits)
    }

    fn whole(&self, (id, part, variant): Known<'_>) -> bool {
        self.part(id, part) && self.variant.as_ref().is_none_or(|glob| glob.is_match(variant))
    }
}

impl Names {
    /// Reads the patterns of a filter; every one must match something that exists.
    ///
    /// # Errors
    /// An [`InputError`] that names what there is.
    pub(super) fn known(what: &str, patterns: &[String], known: &[Known<'_>]) -> Result<Names> {
        let mut names = Vec::new();
        for pattern in patterns {
            let name = Name::new(pattern)?;
            let of_id: Vec<Known<'_>> =
                known.iter().copied().filter(|one| name.id.is_match(one.0)).collect();
            if of_id.is_empty() {
                let ids = known.iter().map(|one| one.0);
                return Err(InputError::unknown(what, &name.text, ids).into());
            }
            if !of_id.iter().any(|one| name.whole(*one)) {
                let mut there: Vec<String> = of_id.iter().map(|one| shown(*one)).collect();
                there.sort();
                there.dedup();
                let text = format!("nothing is called `{pattern}`; there is {}", there.join(", "));
                return Err(InputError::new(text).into());
            }
            names.push(name);
        }
        Ok(Names(names))
    }

    /// Whether something of this id is asked for.
    pub(super) fn id(&self, id: &str) -> bool {
        self.0.is_empty() || self.0.iter().any(|name| name.id.is_match(id))
    }

    /// Whether the id was written out.
    pub(super) fn spells(&self, id: &str) -> bool {
        self.0.iter().any(|name| name.text == id)
    }

    /// Whether this part of it is asked for, in whatever variant.
    pub(super) fn part(&self, id: &str, part: Option<&str>) -> bool {
        self.0.is_empty() || self.0.iter().any(|name| name.part(id, part))
    }

    /// Whether it is asked for.
    pub(super) fn whole(&self, one: Known<'_>) -> bool {
        self.0.is_empty() || self.0.iter().any(|name| name.whole(one))
    }
}

/// As a pattern would name it.
fn shown((id, part, variant): Known<'_>) -> String {
    let part = part.map(|part| format!("/{part}")).unwrap_or_default();
    match variant {
        "" | "portable" => format!("`{id}{part}`"),
        variant => format!("`{id}{part}+{variant}`"),
    }
}
