//! The page of one problem: cause, evidence, options with their prices, what is open, what
//! is asked.

use std::fmt::Write as _;

use super::data::{Gap, Level, Problem, Recommend, Remedy, Spine};
use super::holes::{asserted, fill, link, stands};
use crate::facts::Facts;
use crate::table::{Place, Sources, head, prose, row};

/// The block `table=problem problem=<id>`.
pub(crate) fn page(sources: &Sources<'_>, place: &Place<'_>) -> Result<String, String> {
    let id = place.asks.get("problem").ok_or("the marker names no `problem=`")?;
    let spine = &sources.facts.spine;
    let known = || spine.problems.iter().map(|problem| &problem.it.id);
    let Some(problem) = spine.problems.iter().find(|problem| problem.it.id == *id) else {
        let near = crate::facts::nearest(id, known()).join(", ");
        return Err(format!("no problem `{id}`; near: {near}"));
    };
    let page = Page { it: &problem.it, facts: sources.facts, spine, file: place.file };
    page.write()
}

struct Page<'a> {
    it: &'a Problem,
    facts: &'a Facts,
    spine: &'a Spine,
    file: &'a str,
}

impl Page<'_> {
    fn write(&self) -> Result<String, String> {
        let it = self.it;
        let mut out = format!("# {}\n\n{}\n", it.title, self.fill(&it.answer)?);
        let _ = writeln!(out, "\n## What users meet\n\n{}\n", self.fill(&it.users)?);
        for story in &it.stories {
            let _ = writeln!(out, "- [{}]({})", story.title, story.url);
        }
        let caused = match it.axes.is_empty() {
            true => "None of the seven axes causes it.".to_owned(),
            false => {
                let axes: Vec<String> = it.axes.iter().map(|axis| format!("`{axis}`")).collect();
                let page = crate::book::link_between(self.file, "rfc/design-space.md");
                format!("Axis: {} ([the design space]({page})).", axes.join(", "))
            }
        };
        let _ = writeln!(out, "\n## Cause\n\n{caused}\n{}", self.fill(&it.cause)?);
        self.evidence(&mut out)?;
        let _ = writeln!(out, "\n## Options\n");
        let mut table = head(&["option", "level", "owner", "fix shown by", "price shown by"]);
        for remedy in &it.remedy {
            let fields = [
                prose(&remedy.name),
                remedy.level.words().to_owned(),
                remedy.owner.clone(),
                self.shown(&remedy.fixes_by, remedy)?,
                self.shown(&remedy.price_by, remedy)?,
            ];
            row(&mut table, &fields);
        }
        out.push_str(&table);
        for level in [Level::Library, Level::StdApi, Level::Language] {
            for remedy in it.remedy.iter().filter(|remedy| remedy.level == level) {
                self.remedy(&mut out, remedy)?;
            }
        }
        self.recommendations(&mut out)?;
        self.open(&mut out)?;
        let _ = writeln!(out, "\n## What is asked\n");
        for ask in &it.ask {
            let _ = write!(out, "- **{}**: {}", ask.team, self.fill(&ask.what)?);
            let upstream = self.upstream(&ask.upstream, ask.no_upstream.as_deref());
            let upstream = match upstream.is_empty() {
                true => upstream,
                false => format!(" Upstream: {upstream}"),
            };
            let _ = writeln!(out, "{upstream}");
        }
        Ok(out)
    }

    fn fill(&self, text: &str) -> Result<String, String> {
        fill(text, self.facts, self.file)
    }

    fn evidence(&self, out: &mut String) -> Result<(), String> {
        let it = self.it;
        let _ = writeln!(out, "\n## Evidence\n");
        match it.evidence.is_empty() {
            true => out.push_str("Nothing in the pinned records speaks about this problem yet.\n"),
            false => {
                let _ = writeln!(out, "{}\n", self.fill(&it.shows)?);
                for words in &it.evidence {
                    let said = asserted(words, self.facts)?;
                    let claim = &self.facts.claims[&said.claim];
                    let chip = link(&said.claim, None, self.facts, self.file)?;
                    let _ = writeln!(out, "- {chip}: {}", prose(&claim.sentence));
                }
            }
        }
        if !it.external.is_empty() {
            let _ = writeln!(out, "\nFigures that others published:\n");
        }
        for figure in &it.external {
            let date = figure.date.as_deref().unwrap_or_default();
            let _ = writeln!(out, "- {} ([source]({}), {date})", figure.text.trim(), figure.url);
        }
        Ok(())
    }

    /// The claims that show it, or the workload that would.
    fn shown(&self, by: &[String], remedy: &Remedy) -> Result<String, String> {
        if by.is_empty() {
            let gap = remedy.gap.as_deref().unwrap_or("–");
            return Ok(format!("open: `{gap}`"));
        }
        let chip = |words: &String| {
            let id = asserted(words, self.facts)?.claim;
            let page = crate::book::link_between(self.file, &format!("rfc/evidence/{id}.md"));
            Ok(format!("[{id}]({page})"))
        };
        Ok(by.iter().map(chip).collect::<Result<Vec<_>, String>>()?.join(", "))
    }

    fn remedy(&self, out: &mut String, remedy: &Remedy) -> Result<(), String> {
        let _ = writeln!(out, "\n### {}\n", remedy.name);
        let _ = writeln!(out, "- Fixes: {}", self.fill(&remedy.fixes)?);
        let _ = writeln!(out, "- Price: {}", self.fill(&remedy.price)?);
        if let Some(needs) = &remedy.needs {
            let _ = writeln!(out, "- Needs: {}", self.fill(needs)?);
        }
        if let Some(blocks) = &remedy.blocks {
            let _ = writeln!(out, "- Blocks: {}", self.fill(blocks)?);
        }
        if let Some(gap) = &remedy.gap {
            let what = match (remedy.fixes_by.is_empty(), remedy.price_by.is_empty()) {
                (true, true) => "Fix and price are",
                (true, false) => "The fix is",
                (false, true) => "The price is",
                (false, false) => "A part of it is",
            };
            let _ = writeln!(out, "- {what} not measured yet. {}", self.workload(gap));
        }
        let upstream = self.upstream(&remedy.upstream, remedy.no_upstream.as_deref());
        if !upstream.is_empty() {
            let _ = writeln!(out, "- Upstream: {upstream}");
        }
        Ok(())
    }

    fn upstream(&self, ids: &[String], none: Option<&str>) -> String {
        let known = |id: &String| self.spine.upstream.iter().find(|item| item.it.id == *id);
        let words = |item: &super::data::Filed<super::data::Upstream>| {
            let it = &item.it;
            let checked = it.checked.as_deref().unwrap_or_default();
            format!("[{}]({}), {} ({checked})", it.title, it.url, it.status)
        };
        let list: Vec<String> = ids.iter().filter_map(known).map(words).collect();
        match (list.is_empty(), none) {
            (true, None) => String::new(),
            (true, Some(day)) => format!("no issue and no goal was found ({day})."),
            (false, _) => format!("{}.", list.join("; ")),
        }
    }

    fn recommendations(&self, out: &mut String) -> Result<(), String> {
        if !self.it.recommend.is_empty() {
            let _ = writeln!(out, "\n## Which, when\n");
        }
        for one in &self.it.recommend {
            let _ = writeln!(out, "- {}", self.recommend(one)?);
        }
        Ok(())
    }

    /// What stands today is named by its verdict alone, anything else by both.
    fn recommend(&self, one: &Recommend) -> Result<String, String> {
        let mut conditions = Vec::new();
        let mut applies = true;
        for words in &one.holds {
            let said = asserted(words, self.facts)?;
            let chip = link(&said.claim, None, self.facts, self.file)?;
            let holds = stands(&said, self.facts);
            applies &= holds;
            conditions.push(match holds {
                true => chip,
                false => format!("{} {} (today {chip})", said.claim, said.verdict),
            });
        }
        let these = if conditions.len() == 1 { "this stands" } else { "these stand" };
        let state = if applies { "" } else { " Today it does not hold." };
        let (when, prefer) = (self.fill(&one.when)?, self.fill(&one.prefer)?);
        let rest = conditions.join(", ");
        Ok(format!("When {when}, prefer {prefer}, as long as {these}: {rest}.{state}"))
    }

    fn open(&self, out: &mut String) -> Result<(), String> {
        if self.it.gap.is_empty() {
            return Ok(());
        }
        let _ = writeln!(out, "\n## What is open\n");
        for Gap { question, workload } in &self.it.gap {
            let _ = writeln!(out, "- {} {}", self.fill(question)?, self.workload(workload));
        }
        Ok(())
    }

    fn workload(&self, id: &str) -> String {
        super::links::workload(self.spine, id)
    }
}
