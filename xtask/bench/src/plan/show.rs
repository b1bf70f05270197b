//! The plan for a person and for a script.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::{Plan, counts};

/// Format of [`plan_json`].
const FORMAT: &str = "async-eval.plan/1";

/// Writes the plan as a table, one cell per line, and what it amounts to.
///
/// # Errors
/// Of the writer.
pub fn write_plan(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{:<10} {:<12} {:>8}  cell", "target", "kind", "launches")?;
    for cell in &plan.cells {
        let note = match &cell.unsupported {
            Some(reason) => format!("  (unsupported: {reason})"),
            None if cell.schedules > 0 => format!("  ({} schedules)", cell.schedules + 1),
            None => String::new(),
        };
        let (target, kind) = (&cell.target, cell.kind.word());
        writeln!(out, "{target:<10} {kind:<12} {:>8}  {}{note}", cell.launches, cell.cell)?;
    }
    writeln!(out)?;
    for ((target, kind), count) in counts(plan) {
        writeln!(out, "{target:<10} {kind:<12} {count:>8} cells")?;
    }
    writeln!(out, "{} cells in all, profile {}", plan.cells.len(), plan.profile.word())
}

/// The plan as JSON.
#[must_use]
pub fn plan_json(plan: &Plan) -> Value {
    json!({ "format": FORMAT, "plan": plan.hash(), "profile": plan.profile, "seed": plan.seed, "cells": plan.cells })
}
