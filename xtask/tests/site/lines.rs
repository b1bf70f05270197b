//! From a number of the text to the lines of the record behind it.

use std::fs;

use serde_json::Value;

use crate::browser::{Browser, address};
use crate::{root, site, unpacked};

const VERDICTS: &str = "rfc/verdicts.json";

#[test]
fn every_cell_that_a_claim_reads_has_its_lines() {
    let lines = unpacked(&site().join("rfc/evidence/lines.js"));
    let text = fs::read_to_string(root().join(VERDICTS)).expect(VERDICTS);
    let verdicts: Value = serde_json::from_str(&text).expect(VERDICTS);
    let mut cells = 0;
    for (id, claim) in verdicts["claims"].as_object().expect("claims") {
        for check in claim["checks"].as_array().expect("checks") {
            for used in check["cells"].as_array().into_iter().flatten() {
                let (target, cell) = (used["target"].as_str(), used["cell"].as_str());
                let found = &lines[target.expect("a target")][cell.expect("a cell")];
                let found = found.as_array().map_or(0, Vec::len);
                assert!(found > 0, "{id}: no line of {used}");
                cells += 1;
            }
        }
    }
    assert!(cells > 100, "{cells} cells were found");
}

/// The shown line is that of the file, without what is said to be left out.
fn stands_there(place: &str, shown: &str) {
    let (file, number) = place.rsplit_once(':').expect("a file and a line");
    let text = fs::read_to_string(root().join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
    let line = number.parse::<usize>().ok().and_then(|number| text.lines().nth(number - 1));
    let mut line: Value = serde_json::from_str(line.expect("a line")).expect("JSON");
    let mut shown: Value = serde_json::from_str(shown).expect("JSON");
    for value in [&mut line, &mut shown] {
        let fields = value.as_object_mut().expect("an object");
        fields.remove("samples");
        fields.remove("schedules");
    }
    assert_eq!(shown, line, "{place}");
}

#[test]
fn a_number_of_the_text_leads_to_its_evidence_and_a_click_there_to_the_lines() {
    let mut browser = Browser::start();
    browser.open(&address(&site().join("rfc/status-quo/reliability.html"), ""));
    let number =
        browser.text("document.querySelector('main a[href*=\"evidence/C\"][href*=\"#\"]').href");
    let anchor = number.split_once('#').expect("an anchor").1;
    browser.open(&number);
    let there = browser.eval(&format!(
        "(() => {{ const box = document.getElementById('{anchor}').getBoundingClientRect(); \
         return box.top >= 0 && box.bottom <= innerHeight; }})()"
    ));
    assert_eq!(there, Value::Bool(true), "{number}: the page is shown at the number");

    let cell = browser.text("document.querySelector('button.raw').textContent");
    let found = browser.eval(
        "(async () => { const button = document.querySelector('button.raw'); button.click(); \
         for (let at = 0; at < 100 && !document.querySelector('tr.lines'); at++) \
           await new Promise((done) => setTimeout(done, 50)); \
         const row = document.querySelector('tr.lines'); \
         return [...row.querySelectorAll('pre')].map((line) => \
           [line.previousSibling.textContent, line.textContent]); })()",
    );
    let found = found.as_array().expect("a list");
    assert!(!found.is_empty(), "no line of {cell}");
    for line in found {
        let (place, shown) = (line[0].as_str().expect("text"), line[1].as_str().expect("text"));
        assert!(shown.contains(&format!("\"cell\":\"{cell}\"")), "{cell}: {shown}");
        stands_there(place, shown);
    }
    browser.eval("document.querySelector('button.raw').click()");
    let left = browser.eval("document.querySelectorAll('tr.lines').length");
    assert_eq!(left, Value::from(0), "a second click folds them");
    assert!(browser.complaints.is_empty(), "{}", browser.complaints.join("\n"));
}
