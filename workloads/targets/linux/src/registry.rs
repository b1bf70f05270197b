//! What this runner can run, and finding a cell in it.

use anyhow::{Result, anyhow};
use contract::{Case, Params, Role, Workload, World};
use record::{CellKey, Mount};

/// A suite compiled against one design, peer or baseline, in one mode and variant.
#[derive(Clone, Copy, Debug)]
pub struct Mounted {
    /// Design, peer or baseline id.
    pub design: &'static str,
    /// Mode, if the design has several.
    pub mode: Option<&'static str>,
    /// `portable`, `idiomatic` or `expert`.
    pub variant: &'static str,
    /// Runtimes under which it runs here.
    pub runtimes: &'static [&'static str],
    /// The workloads it holds.
    pub workloads: &'static [Workload],
}

/// What is timed, counted or traced: one call through a function pointer, so that the
/// code of one design cannot be inlined into the harness or into a rival.
pub type Run = fn(&'static World, &Params);

/// A cell that this runner can run.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Its name.
    pub key: CellKey,
    /// Its case.
    pub case: &'static Case,
    /// Its size.
    pub params: Params,
}

/// All mounts of a runner.
#[derive(Clone, Copy, Debug)]
pub struct Registry(pub &'static [Mounted]);

impl Registry {
    /// The answer to `describe`: one entry per mount and workload, in order.
    pub fn describe(self) -> impl Iterator<Item = Mount> {
        self.0.iter().flat_map(|mounted| {
            mounted.workloads.iter().map(|workload| Mount {
                design: mounted.design.to_owned(),
                mode: mounted.mode.map(str::to_owned),
                variant: mounted.variant.to_owned(),
                runtimes: mounted.runtimes.iter().map(|&id| id.to_owned()).collect(),
                workload: workload.id.to_owned(),
                cases: workload.cases.iter().map(|c| (c.id.to_owned(), role(c.role))).collect(),
            })
        })
    }

    /// Every cell at size `n`, in order of the mounts.
    pub fn cells(self, n: u32) -> impl Iterator<Item = Cell> {
        self.0.iter().flat_map(move |mounted| {
            let cases = mounted.workloads.iter().flat_map(|w| w.cases.iter().map(move |c| (w, c)));
            cases.flat_map(move |(workload, case)| {
                mounted.runtimes.iter().map(move |&runtime| Cell {
                    key: CellKey {
                        workload: workload.id.to_owned(),
                        case: case.id.to_owned(),
                        n,
                        design: mounted.design.to_owned(),
                        mode: mounted.mode.map(str::to_owned),
                        variant: mounted.variant.to_owned(),
                        runtime: runtime.to_owned(),
                    },
                    case,
                    params: Params { n },
                })
            })
        })
    }

    /// Finds a cell.
    ///
    /// # Errors
    /// When there is none, naming the nearest one.
    pub fn find(self, key: &CellKey) -> Result<Cell> {
        self.cells(key.n).find(|cell| cell.key == *key).ok_or_else(|| {
            let wanted = key.to_string();
            let nearest = self
                .cells(key.n)
                .map(|cell| cell.key.to_string())
                .min_by_key(|known| strsim::damerau_levenshtein(known, &wanted));
            match nearest {
                Some(nearest) => anyhow!(
                    "this runner has no cell `{wanted}`; the nearest is `{nearest}`, \
                     `runner-linux describe` lists all"
                ),
                None => anyhow!("this runner was built without any mount"),
            }
        })
    }
}

/// The role as records write it.
#[must_use]
pub fn role(role: Role) -> record::Role {
    match role {
        Role::Hazard => record::Role::Hazard,
        Role::Control => record::Role::Control,
    }
}
