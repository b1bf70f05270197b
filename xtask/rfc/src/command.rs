//! The grammar of `cargo xtask rfc` and its answers.

use std::fmt::Write as _;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::check::{CheckOptions, Gate, Staleness, check};
use crate::cite::{Style, Venue, cite};
use crate::fill::{FillOptions, fill};
use crate::load;

/// Judge claims, put the numbers into the RFC text, and check that text and evidence agree.
#[derive(Clone, Debug, Args)]
pub struct RfcArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: RfcCommand,
    /// Answer in JSON, for scripts.
    #[arg(long, global = true)]
    pub json: bool,
}

/// What `cargo xtask rfc` can do.
#[derive(Clone, Debug, Subcommand)]
pub enum RfcCommand {
    /// Judge every claim by the pinned records and write rfc/verdicts.json.
    Eval,
    /// Write link texts, generated blocks and evidence pages; running it twice changes nothing.
    Fill {
        /// Replace generated blocks that were edited by hand.
        #[arg(long)]
        force: bool,
    },
    /// Find text that the evidence does not carry; writes nothing.
    Check {
        /// Whether claims with changed inputs fail the check.
        #[arg(long, value_enum, default_value_t)]
        gate: Gate,
    },
    /// Print a snippet to paste into a discussion.
    ///
    /// Links lead to the commit, so that the quotation never changes under its reader, once
    /// workspace.package.repository in Cargo.toml or the remote `origin` says where that is.
    #[command(after_help = "Examples:\n  cargo xtask rfc cite C017\n  \
        cargo xtask rfc cite C130 --style hazard --for zulip")]
    Cite {
        /// Claim id, such as C017.
        claim: String,
        /// Shape of the snippet.
        #[arg(long, value_enum, default_value_t)]
        style: Style,
        /// Where it is pasted.
        #[arg(long = "for", value_enum, default_value_t, value_name = "VENUE")]
        venue: Venue,
        /// The numbers of the newest run on this machine instead of the pinned ones.
        #[arg(long, conflicts_with = "style")]
        local: bool,
    },
    /// Name the claims that the changes since a revision concern.
    Affected {
        /// A revision that git knows, such as main.
        #[arg(long)]
        since: String,
    },
    /// Build the chapters as a book with mdbook.
    Book,
    /// Join the chapters of the RFC into one file below target/rfc.
    Export,
    /// Remove records from the tree that judge no more; rfc/history.toml keeps their verdicts
    /// and git keeps them. `bench --pin` does it too.
    Prune,
    /// Measure what one claim needs, and judge it.
    Run {
        /// Claim id, such as C017.
        claim: String,
    },
}

/// Measures one claim, given its id: true when every cell ran.
/// The flag asks for JSON on standard output, and nothing else there.
pub type RunClaim<'a> = &'a dyn Fn(&str, bool) -> Result<bool>;

/// What other parts of the tool lend to this one.
#[derive(Default)]
pub struct Hooks<'a> {
    /// Finds claims whose inputs changed since they were measured.
    pub staleness: Option<Staleness<'a>>,
    /// Measures one claim: `cargo xtask bench --claim ID`.
    pub run_claim: Option<RunClaim<'a>>,
}

impl std::fmt::Debug for Hooks<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hooks")
            .field("staleness", &self.staleness.is_some())
            .field("run_claim", &self.run_claim.is_some())
            .finish()
    }
}

/// Runs the command and writes its answer to `out`. True is exit code 0, false is 1.
///
/// # Errors
/// When an input is wrong; exit code 2, and nothing was written.
pub fn run(args: &RfcArgs, root: &Path, hooks: &Hooks<'_>, out: &mut dyn Write) -> Result<bool> {
    let json = args.json;
    match &args.command {
        RfcCommand::Eval => eval(root, json, out),
        RfcCommand::Fill { force } => {
            let filled = fill(root, &FillOptions { force: *force })?;
            let mut text = String::new();
            for path in &filled.written {
                let _ = writeln!(text, "wrote   {path}");
            }
            for path in &filled.removed {
                let _ = writeln!(text, "removed {path}");
            }
            let _ = writeln!(text, "{} files were right already", filled.unchanged);
            answer(out, json, &filled, &text)?;
            Ok(true)
        }
        RfcCommand::Check { gate } => {
            let options = CheckOptions { gate: *gate, staleness: hooks.staleness };
            let checked = check(root, &options)?;
            answer(out, json, &checked, &report(&checked))?;
            Ok(checked.is_ok())
        }
        RfcCommand::Cite { claim, style, venue, local } => {
            let cited = match local {
                true => crate::local::cite(root, claim, *venue)?,
                false => cite(root, claim, *style, *venue)?,
            };
            answer(out, json, &cited, &cited.markdown)?;
            note(&cited.notes);
            Ok(true)
        }
        RfcCommand::Affected { since } => affected(root, since, json, out),
        RfcCommand::Book => book(root),
        RfcCommand::Export => export(root, json, out),
        RfcCommand::Prune => {
            let pruned = crate::prune::prune(root)?;
            answer(out, json, &pruned, &left(&pruned))?;
            Ok(true)
        }
        RfcCommand::Run { claim } => {
            let facts = load::written(root, claim)?;
            let claim = crate::cite::known(&facts, claim)?;
            match hooks.run_claim {
                Some(run) => run(&claim.id, json),
                None => {
                    bail!("measuring is not wired in; run cargo xtask bench --claim {}", claim.id)
                }
            }
        }
    }
}

/// Beside the answer, so that what is piped into a clipboard is the snippet alone.
#[expect(clippy::print_stderr, reason = "notes go to the terminal")]
fn note(notes: &[String]) {
    for note in notes {
        eprintln!("note: {note}");
    }
}

fn answer(out: &mut dyn Write, json: bool, value: &impl Serialize, text: &str) -> Result<()> {
    let text = match json {
        true => {
            serde_json::to_string_pretty(value).context("an answer has only string keys")? + "\n"
        }
        false => text.to_owned(),
    };
    out.write_all(text.as_bytes()).context("cannot write the answer")
}

fn left(pruned: &crate::Pruned) -> String {
    let mut text = String::new();
    for name in &pruned.removed {
        let _ = writeln!(text, "left the tree: {name}");
    }
    let _ = writeln!(text, "the records have {} bytes", pruned.bytes);
    if !pruned.removed.is_empty() {
        text.push_str("next: cargo xtask rfc fill; commit the removed records by themselves\n");
    }
    text
}

fn eval(root: &Path, json: bool, out: &mut dyn Write) -> Result<bool> {
    let loaded = load::load(root)?;
    let written = load::write(root, &loaded)?;
    let mut text = String::new();
    for claim in loaded.facts.claims.values() {
        let _ = writeln!(text, "{}  {}", claim.chip(), claim.title);
    }
    let state = match written.as_slice() {
        [] => format!("unchanged {}", load::VERDICTS),
        files => format!("wrote {}", files.join(", ")),
    };
    let _ = writeln!(text, "{state}; next: cargo xtask rfc fill");
    match json {
        true => out.write_all(loaded.verdicts_json.as_bytes()).context("cannot write")?,
        false => out.write_all(text.as_bytes()).context("cannot write")?,
    }
    Ok(true)
}

fn report(checked: &crate::Checked) -> String {
    let mut text = String::new();
    for finding in &checked.findings {
        let _ = writeln!(text, "{finding}");
    }
    for note in &checked.notes {
        let _ = writeln!(text, "note: {note}");
    }
    let _ = writeln!(
        text,
        "{} claims, {} chapters, {} findings",
        checked.claims,
        checked.chapters,
        checked.findings.len()
    );
    text
}

fn affected(root: &Path, since: &str, json: bool, out: &mut dyn Write) -> Result<bool> {
    let affected = crate::affected::affected(root, since)?;
    let mut text = String::new();
    for claim in &affected {
        let _ = writeln!(text, "{}  {}", claim.claim, claim.title);
        for file in &claim.files {
            let _ = writeln!(text, "      {file}");
        }
    }
    if affected.is_empty() {
        let _ = writeln!(text, "no claim is concerned by the changes since {since}");
    }
    answer(out, json, &affected, &text)?;
    Ok(true)
}

fn book(root: &Path) -> Result<bool> {
    let started = Command::new("mdbook").arg("build").arg("rfc").current_dir(root).status();
    let status = started.context(
        "cannot start mdbook; `cargo xtask doctor --install` installs it, and the site of \
         `cargo xtask report --open` has these chapters too",
    )?;
    Ok(status.success())
}

fn export(root: &Path, json: bool, out: &mut dyn Write) -> Result<bool> {
    let exported = crate::export::export(root)?;
    let mut text = String::new();
    let _ = writeln!(text, "wrote {} from {} chapters", exported.path, exported.chapters.len());
    if let Some(brief) = &exported.brief {
        let _ = writeln!(text, "wrote {brief}");
    }
    for path in &exported.missing {
        let _ = writeln!(text, "not written yet: {path}");
    }
    if !exported.permanent_links {
        let _ = writeln!(
            text,
            "links are paths: workspace.package.repository is not set in Cargo.toml"
        );
    }
    answer(out, json, &exported, &text)?;
    Ok(true)
}
