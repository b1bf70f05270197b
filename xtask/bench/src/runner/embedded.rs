//! Target `cortex-m4`: a thin face of `xtask-embedded`.
//!
//! An image holds all sizes of one workload and runs them in one boot, so that jobs are
//! gathered by image and launch. A boot that dies costs the image its remaining cells.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use record::{CellKey, Line};
use xtask_cargo::Watch;
use xtask_embedded::{Built, Image, available, build, images};

use super::{Prepared, Sink, Stop, TargetRunner, failure};
use crate::inputs;
use crate::plan::Job;

/// Images in QEMU.
#[derive(Debug)]
pub struct Embedded {
    root: PathBuf,
    locked: bool,
    built: Vec<Built>,
}

impl Embedded {
    /// For the tree at `root`. `locked` refuses to change the lock file.
    #[must_use]
    pub fn new(root: &Path, locked: bool) -> Embedded {
        Embedded { root: root.to_owned(), locked, built: Vec::new() }
    }
}

fn holds(image: &Image, cell: &CellKey) -> bool {
    image.cells.iter().any(|planned| planned.cell == *cell)
}

impl TargetRunner for Embedded {
    fn prepare(&mut self, jobs: &[Job], watch: &mut Watch<'_>) -> Result<Prepared> {
        let way = available(&self.root)?;
        let mut wanted = images(&self.root)?;
        wanted.retain(|image| jobs.iter().any(|job| holds(image, job.cell())));
        let held = wanted.iter().flat_map(|image| &image.cells);
        let held: BTreeSet<String> = held.map(|planned| super::held_name(&planned.cell)).collect();
        (watch.say)(&format!("{}: building {} images", watch.what, wanted.len()));
        self.built = build(&self.root, &way, &wanted, self.locked, watch)?;
        let mut artifacts = BTreeMap::new();
        for built in &self.built {
            if let Ok((path, _)) = &built.artifact {
                artifacts.insert(built.image.name(), inputs::hash_file(path)?);
            }
        }
        Ok(Prepared {
            artifacts,
            tools: way.tool_versions(),
            clock: xtask_embedded::CLOCK.to_owned(),
            settings: way.settings(),
            core_origin: Some(way.core_origin()),
            machine: BTreeMap::new(),
            holds: Some(held),
        })
    }

    fn run(&mut self, jobs: &[Job], stop: &Stop, sink: &mut Sink<'_>) -> Result<()> {
        let mut by_boot: BTreeMap<(u32, usize), Vec<&Job>> = BTreeMap::new();
        for job in jobs {
            let index = self.built.iter().position(|built| holds(&built.image, job.cell()));
            let index = index.with_context(|| format!("no image holds {}", job.cell()))?;
            by_boot.entry((job.launch, index)).or_default().push(job);
        }
        for ((launch, index), jobs) in by_boot {
            if stop.stopped() {
                return Ok(());
            }
            let built = &self.built[index];
            let answer = xtask_embedded::run(built, launch).map_err(|error| format!("{error:#}"));
            for job in jobs {
                sink(job, of_job(job, &answer))?;
            }
        }
        Ok(())
    }
}

fn of_job(job: &Job, answer: &Result<Vec<Line>, String>) -> Vec<Line> {
    match answer {
        Ok(lines) => {
            let own = lines.iter().filter(|line| line.cell == *job.cell()).cloned().collect();
            failure(job, own, "failed", "the image did not answer for it")
        }
        Err(reason) => failure(job, Vec::new(), "failed", reason),
    }
}
