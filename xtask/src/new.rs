//! `cargo xtask new`: skeletons that build, so that an addition starts from a green tree.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

/// Write the skeleton of a design, a workload, a target or a claim.
#[derive(Debug, Args)]
pub(crate) struct NewArgs {
    /// What to add
    #[arg(value_enum)]
    kind: Kind,
    /// Its id: lower case with hyphens; a claim's is C0nn-slug
    id: String,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// A prototype design with its mount
    Design,
    /// A workload with its description
    Workload,
    /// A bare-metal target, from the one that exists
    Target,
    /// A claim
    Claim,
}

/// Writes the files and returns them; refuses to overwrite.
pub(crate) fn run(args: &NewArgs, root: &Path) -> Result<Vec<PathBuf>> {
    let id = args.id.as_str();
    let plain = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let files = match args.kind {
        Kind::Claim => claim(root, id)?,
        _ if !plain || id.is_empty() => {
            bail!("`{id}` is not an id; use lower-case letters, digits and hyphens")
        }
        Kind::Workload => workload(root, id),
        Kind::Design => design(root, id)?,
        Kind::Target => target(root, id)?,
    };
    if let Some((path, _)) = files.iter().find(|(path, _)| path.exists()) {
        bail!("{} exists already; choose another id", path.display());
    }
    for (path, text) in &files {
        let dir = path.parent().context("a file has a folder")?;
        fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
        fs::write(path, text).with_context(|| path.display().to_string())?;
    }
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

fn workload(root: &Path, id: &str) -> Vec<(PathBuf, String)> {
    let module = id.replace('-', "_");
    let source = "//! What goes wrong, in one sentence.\n\
        //!\n\
        //! The steps, the control, and where the story comes from.\n\n\
        use contract::{Case, Judged, Ledger, Metrics, Params, Role, World};\n\
        use design as d;\n\n\
        /// The thing happened; `item` says which.\n\
        pub const HAPPENED: u16 = 1;\n\
        const ACTOR: u16 = 1;\n\n\
        /// The cases of this workload.\n\
        pub const CASES: &[Case] = &[Case { id: \"control\", role: Role::Control, run: control, judge }];\n\n\
        fn control(world: &'static World, params: &Params) {\n    d::block_on(world, root(world, params.n));\n}\n\n\
        #[d::task_fn]\nasync fn root(world: &'static World, n: u32) {\n    for item in 0..n {\n        let _waited = d::sleep(1).await;\n        world.log(ACTOR, HAPPENED, item, 0);\n    }\n}\n\n\
        /// Everything happened.\n\
        fn judge(ledger: &Ledger, params: &Params, _: &Metrics) -> Judged {\n    Judged::from_severity(params.n.abs_diff(ledger.count(HAPPENED)))\n}\n";
    let description = format!(
        "id = \"{id}\"\ntitle = \"What goes wrong, in one sentence\"\nrefs = []\nseed = [\"SB3\"]\nneeds = []\n\
         clock = \"virtual\"\nreceipt = \"equal\"\nseverity_unit = \"items missing\"\ntargets = [\"sim\", \"linux\"]\n\
         schedules = \"random(64, 7)\"\njitter = 20\n\n[[case]]\nid = \"control\"\nrole = \"control\"\n\
         text = \"nothing goes wrong\"\n\n[params.sim]\nn = [10]\n\n[params.linux]\nn = [10]\n\n[measure]\ninstr = true\nwall = true\n"
    );
    let suite = root.join("workloads/suite");
    vec![
        (suite.join(format!("{module}.rs")), source.to_owned()),
        (suite.join(format!("{module}.toml")), description),
    ]
}

/// A design starts as a copy of `poll`'s dialect under another name: it builds, passes the
/// conformance suite, and is then changed.
fn design(root: &Path, id: &str) -> Result<Vec<(PathBuf, String)>> {
    let mut files = Vec::new();
    let poll = root.join("prototypes/poll");
    let own = root.join("prototypes").join(id);
    for path in walk(&poll)? {
        let relative = path.strip_prefix(&poll).context("below")?;
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let text = text
            .replace("design-poll", &format!("design-{id}"))
            .replace("design_poll", &format!("design_{}", id.replace('-', "_")))
            .replace("awb_marker_poll", &format!("awb_marker_{}", id.replace('-', "_")))
            .replace("id = \"poll\"", &format!("id = \"{id}\""));
        files.push((own.join(relative), text));
    }
    let mount = fs::read_to_string(root.join("workloads/mounts/poll/Cargo.toml"))?
        .replace("suite-poll", &format!("suite-{id}"))
        .replace("design-poll", &format!("design-{id}"))
        .replace("prototypes/poll", &format!("prototypes/{id}"))
        .replace("`poll`", &format!("`{id}`"));
    files.push((root.join("workloads/mounts").join(id).join("Cargo.toml"), mount));
    Ok(files)
}

fn target(root: &Path, id: &str) -> Result<Vec<(PathBuf, String)>> {
    let from = root.join("workloads/targets/cortex-m4");
    let mut files = Vec::new();
    for part in ["board", "baselines"] {
        for path in walk(&from.join(part))? {
            let relative = path.strip_prefix(&from).context("below")?;
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            files.push((root.join("workloads/targets").join(id).join(relative), text));
        }
    }
    let manifest = fs::read_to_string(from.join("Cargo.toml"))?;
    files.push((root.join("workloads/targets").join(id).join("Cargo.toml"), manifest));
    Ok(files)
}

fn claim(root: &Path, id: &str) -> Result<Vec<(PathBuf, String)>> {
    let number = id.split('-').next().unwrap_or_default();
    let is_number = number.len() == 4
        && number.starts_with('C')
        && number[1..].bytes().all(|byte| byte.is_ascii_digit());
    if !is_number {
        bail!("`{id}` is not a claim id; use C0nn-slug, as in C017-select-loop-loses-rows");
    }
    let dir = root.join("rfc/claims");
    for path in walk(&dir)? {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with(number) {
            bail!("{} has the id {number} already; ids are never reused", path.display());
        }
    }
    let text = format!(
        "format = 1\nid = \"{number}\"\ntitle = \"\"\nsentence = \"One falsifiable sentence.\"\n\
         chapter = \"status-quo/reliability\"\nseed = [\"SB3\"]\naxioms = []\nstance = {{ poll = \"against\" }}\n\
         class = \"exact\"\nrefuted_by = \"a record in which …\"\nsays_nothing_about = \"…\"\n\n[[check]]\nname = \"lost\"\n\
         of = {{ workload = \"select-recreate-loss\", case = \"hazard\", design = \"poll\", metric = \"lost_items\" }}\n\
         compare = \"value\"\nat_least = 1\ntargets = [\"sim\"]\n"
    );
    Ok(vec![(dir.join(format!("{id}.toml")), text)])
}

/// Text files below a folder, build output left out.
fn walk(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                files.extend(walk(&path)?);
            }
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
