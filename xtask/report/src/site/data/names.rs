//! Forms and runtimes by number, so that the data names each once.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::column::{Column, Kind};
use crate::plot::Shape;

/// Everything that was named so far.
#[derive(Debug, Default)]
pub(super) struct Names {
    forms: Vec<(String, Column, Value)>,
    /// A column on each.
    runtimes: Vec<Column>,
    known: BTreeMap<String, usize>,
}

impl Names {
    /// The number of a form: design, mode and variant.
    pub(super) fn form(&mut self, sheet: &crate::book::Sheet, column: &Column) -> usize {
        let who = column.who();
        if let Some(at) = self.known.get(&who) {
            return *at;
        }
        let axes: Vec<Option<&str>> =
            xtask_judge::axes::AXES.iter().map(|axis| sheet.roster.axis(column, axis.id)).collect();
        let at = self.forms.len();
        let axes = if axes.iter().all(Option::is_none) { Value::Null } else { json!(axes) };
        self.forms.push((who.clone(), column.clone(), axes));
        self.known.insert(who, at);
        at
    }

    /// The number of a runtime.
    pub(super) fn runtime(&mut self, column: &Column) -> usize {
        let known = self.runtimes.iter().position(|it| it.runtime == column.runtime);
        known.unwrap_or_else(|| {
            self.runtimes.push(column.clone());
            self.runtimes.len() - 1
        })
    }

    /// Every form that was named.
    pub(super) fn columns(&self) -> impl Iterator<Item = (usize, &Column)> {
        self.forms.iter().enumerate().map(|(at, (_, column, _))| (at, column))
    }

    pub(super) fn forms(&self) -> Value {
        let mut order: Vec<usize> = (0..self.forms.len()).collect();
        order.sort_by(|a, b| self.forms[*a].1.cmp(&self.forms[*b].1));
        let place = |at: usize| order.iter().position(|other| *other == at);
        let form = |(at, (who, column, axes)): (usize, &(String, Column, Value))| {
            json!({
                "id": who,
                "name": column.brief(),
                "design": column.design,
                "mode": column.mode,
                "first": column.mode_at == 0,
                "variant": column.variant,
                "kind": kind(column.kind),
                "family": column.family.word(),
                "hue": column.family.hue().word(),
                "shape": shape(column.family.shape()),
                "axes": axes,
                "order": place(at),
            })
        };
        self.forms.iter().enumerate().map(form).collect()
    }

    pub(super) fn runtimes(&self) -> Value {
        let mut all = Vec::new();
        for it in &self.runtimes {
            all.push(json!({
                "id": it.runtime, "note": it.note, "ours": it.ours, "plain": it.plain,
            }));
        }
        Value::Array(all)
    }
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Design => "design",
        Kind::Peer => "crate",
        Kind::Baseline => "baseline",
    }
}

fn shape(shape: Shape) -> &'static str {
    match shape {
        Shape::Circle => "circle",
        Shape::Square => "square",
        Shape::Triangle => "triangle",
        Shape::Diamond => "diamond",
        Shape::Cross => "cross",
        Shape::Plus => "plus",
        Shape::Ring => "ring",
        Shape::Wedge => "wedge",
    }
}
