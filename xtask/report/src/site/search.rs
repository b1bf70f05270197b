//! The search index, made small: mdBook writes weights with sixteen digits, and each word a second
//! time for the path of its page. What is left is packed, and mdBook's script is told to wait.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::packed;
use crate::write::write;

const INDEX: &str = "searchindex.js";
/// mdBook's script that reads it, and the place where it does.
const SEARCHER: &str = "searcher.js";
const READS: &str = "init(window.search)";
const WAITS: &str = "window.search.packed.then(init)";
const BEGIN: &str = "JSON.parse('";
const END: &str = "'))";
/// The path of a page is shown with a result, and its words stand in titles as well.
const LEFT_OUT: &str = "breadcrumbs";

/// Rewrites the index of a finished site.
///
/// # Errors
/// When it cannot be read or written, or is not what this release of mdBook writes.
pub(super) fn trim(out: &Path) -> Result<()> {
    edit(&out.join(INDEX), |text| {
        let json = shortened(text).context("not an index of mdBook")?;
        packed::script("window.search.packed = packs.unpack", &json)
    })?;
    edit(&out.join(SEARCHER), |text| {
        ensure!(text.matches(READS).count() == 1, "it does not read its index by `{READS}`");
        Ok(text.replace(READS, WAITS))
    })
}

fn edit(path: &Path, change: impl FnOnce(&str) -> Result<String>) -> Result<()> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    write(path, &change(&text).with_context(|| path.display().to_string())?)
}

fn shortened(text: &str) -> Option<String> {
    let literal = text.split_once(BEGIN)?.1.rsplit_once(END)?.0;
    let mut index: Value = serde_json::from_str(&unescaped(literal)).ok()?;
    let fields = index.get_mut("index")?.get_mut("index")?.as_object_mut()?;
    if let Some(field) = fields.get_mut(LEFT_OUT) {
        *field = json!({ "root": { "docs": {}, "df": 0 } });
    }
    fields.values_mut().for_each(round);
    Some(index.to_string())
}

/// The text of a JavaScript literal.
fn unescaped(literal: &str) -> String {
    let mut text = String::with_capacity(literal.len());
    let mut chars = literal.chars();
    while let Some(c) = chars.next() {
        text.push(if c == '\\' { chars.next().unwrap_or(c) } else { c });
    }
    text
}

/// Two digits decide about the order of results.
fn round(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(round),
        Value::Number(number) => {
            if let Some(exact) = number.as_f64().filter(|it| it.fract() != 0.0) {
                *value = json!((exact * 100.0).round() / 100.0);
            } else if let Some(whole) = number.as_f64() {
                #[expect(clippy::cast_possible_truncation, reason = "a count of words")]
                let whole = whole as i64;
                *value = json!(whole);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_short_paths_are_left_out_and_texts_stay() {
        let text = [
            r#"window.search = Object.assign(window.search, JSON.parse('{"index":{"#,
            r#""documentStore":{"docs":{"0":{"body":"it\'s \\"a\\" 1.4142135"}}},"#,
            r#""index":{"body":{"root":{"a":{"df":1,"docs":{"0":{"tf":1.4142135623730951},"#,
            r#""1":{"tf":2.0}}}}},"breadcrumbs":{"root":{"b":{"df":1,"docs":{}}}}}}}'));"#,
        ];
        let short = shortened(&text.concat()).expect("an index");
        assert!(short.contains(r#""0":{"tf":1.41},"1":{"tf":2}"#), "{short}");
        assert!(short.contains(r#""breadcrumbs":{"root":{"docs":{},"df":0}}"#), "{short}");
        assert!(short.contains(r#"it's \"a\" 1.4142135"#), "{short}");
        assert!(short.starts_with('{') && short.ends_with('}'), "{short}");
        assert_eq!(shortened("window.search = 1;"), None);
    }
}
