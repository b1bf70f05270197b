//! The comparison pages: filters, sorting, folds, state in the address, citations, keys.

use serde_json::Value;

use crate::browser::{Browser, address};
use crate::{site, xtask};

/// Reads what a page shows: rows that are no details, by the text of their head.
const ROWS: &str = "[...document.querySelectorAll('#compare tbody tr.row')]\
    .map((row) => row.querySelector('th').textContent)";
const COLUMNS: &str = "[...document.querySelectorAll('#compare thead th')]\
    .map((head) => head.textContent)";

fn page(name: &str, hash: &str) -> String {
    address(&site().join(format!("compare/{name}.html")), hash)
}

/// A control by its key.
fn control(key: &str) -> String {
    format!("document.querySelector('[data-key=\"{key}\"]')")
}

fn click(browser: &mut Browser, key: &str) {
    browser.eval(&format!("{}.click()", control(key)));
}

fn choose(browser: &mut Browser, key: &str, value: &str) {
    browser.eval(&format!(
        "{{ const it = {}; it.value = '{value}'; it.dispatchEvent(new Event('change')); }}",
        control(key)
    ));
}

fn strings(value: &Value) -> Vec<String> {
    let all = value.as_array().expect("a list").iter();
    all.map(|one| one.as_str().expect("text").to_owned()).collect()
}

fn quiet(browser: &Browser) {
    assert!(browser.complaints.is_empty(), "{}", browser.complaints.join("\n"));
}

#[test]
fn hazards_are_filtered_by_design_form_axis_and_target_and_the_address_keeps_it() {
    let mut browser = Browser::start();
    browser.open(&page("hazards", ""));
    let all = strings(&browser.eval(ROWS));
    let before = strings(&browser.eval(COLUMNS));
    assert!(all.len() >= 4 && before.len() >= 4, "{all:?} {before:?}");

    click(&mut browser, "forms-expert");
    let with_expert = strings(&browser.eval(COLUMNS));
    assert!(with_expert.len() > before.len(), "{with_expert:?}");
    assert!(with_expert.iter().any(|head| head.contains("+expert")), "{with_expert:?}");

    click(&mut browser, "choose");
    let first = browser.text("AWB.forms.find((form) => form.order === 0).design");
    click(&mut browser, &format!("designs-{first}"));
    let without = strings(&browser.eval(COLUMNS));
    assert!(!without.iter().any(|head| head.starts_with(&first)), "{without:?}");

    let address = browser.text("location.href");
    assert!(address.contains("forms=") && address.contains("designs="), "{address}");
    browser.reload();
    assert_eq!(strings(&browser.eval(COLUMNS)), without, "the address keeps the view");
    browser.open(&address);
    assert_eq!(strings(&browser.eval(COLUMNS)), without, "and another reader gets it");

    browser.open(&page("hazards", ""));
    click(&mut browser, "choose");
    choose(&mut browser, "x-drop", "must-complete");
    let must = strings(&browser.eval(COLUMNS));
    assert!(must.len() < before.len() && must.len() > 2, "{must:?}");
    let expected = browser.eval(
        "[...new Set(AWB.forms.filter((form) => form.axes && form.axes[0] === 'must-complete')\
         .map((form) => form.design))].every((design) => \
         [...document.querySelectorAll('#compare thead th')]\
         .some((th) => th.textContent.startsWith(design)))",
    );
    assert_eq!(expected, Value::Bool(true), "{must:?}");

    browser.open(&page("hazards", ""));
    choose(&mut browser, "target", "cortex-m4");
    let on_board = strings(&browser.eval(ROWS));
    assert!(on_board.len() < all.len() && !on_board.is_empty(), "{on_board:?}");
    quiet(&browser);
}

#[test]
fn only_differences_hides_rows_that_are_equal_in_all_forms_shown() {
    let mut browser = Browser::start();
    browser.open(&page("hazards", "designs=poll,rent"));
    let all = strings(&browser.eval(ROWS));
    click(&mut browser, "only");
    let differing = strings(&browser.eval(ROWS));
    assert!(differing.len() < all.len(), "{differing:?}");
    let alike = browser.eval(
        "[...document.querySelectorAll('#compare tbody tr.row')].filter((row) => \
         new Set([...row.querySelectorAll('td[data-head]:not(.empty)')]\
         .map((td) => td.className)).size < 2).length",
    );
    assert_eq!(alike, Value::from(0));
    quiet(&browser);
}

#[test]
fn a_head_sorts_both_ways_and_says_so() {
    let mut browser = Browser::start();
    browser.open(&page("hazards", ""));
    click(&mut browser, "sort-name");
    let down = strings(&browser.eval(ROWS));
    let mut expected = down.clone();
    expected.sort_by_key(|name| name.to_lowercase());
    expected.reverse();
    assert_eq!(down, expected);
    let said = "document.querySelector('#compare th[aria-sort]').getAttribute('aria-sort')";
    assert_eq!(browser.text(said), "descending");
    click(&mut browser, "sort-name");
    expected.reverse();
    assert_eq!(strings(&browser.eval(ROWS)), expected);
    assert_eq!(browser.text(said), "ascending");
    browser.reload();
    assert_eq!(strings(&browser.eval(ROWS)), expected);
    quiet(&browser);
}

#[test]
fn a_row_opens_at_a_key_and_the_focus_stays() {
    let mut browser = Browser::start();
    browser.open(&page("hazards", ""));
    let before = strings(&browser.eval(ROWS)).len();
    browser.eval("document.querySelector('#compare .fold').focus()");
    browser.key("Enter");
    let open = "document.activeElement.getAttribute('aria-expanded')";
    assert_eq!(browser.text(open), "true");
    assert!(strings(&browser.eval(ROWS)).len() > before, "cases are rows");
    let story = browser.text("document.querySelector('#compare tr.more').textContent");
    let expected = browser.text("AWB.hazards[0].story.split('\\n')[0]");
    assert!(story.contains(&expected), "{story}");
    browser.reload();
    assert!(strings(&browser.eval(ROWS)).len() > before, "the address keeps what is open");
    browser.eval("document.querySelector('#compare .fold').focus()");
    browser.key("Enter");
    assert_eq!(strings(&browser.eval(ROWS)).len(), before);
    // mdBook turns the page at this key, and must not from within a filter.
    browser.eval("document.querySelector('#compare select').focus()");
    browser.key("ArrowRight");
    assert!(browser.text("location.pathname").ends_with("/compare/hazards.html"));
    quiet(&browser);
}

#[test]
fn every_row_has_a_link_that_leads_to_it_and_a_citation() {
    let mut browser = Browser::start();
    for name in ["hazards", "costs", "claims"] {
        browser.open(&page(name, ""));
        let lacking = browser.eval(
            "[...document.querySelectorAll('#compare tbody tr.row')].filter((row) => \
             !row.querySelector('button.link') || \
             !(row.querySelector('button.cite')?.dataset.cite)).length",
        );
        assert_eq!(lacking, Value::from(0), "{name}");
        let copied = browser.text(
            "(async () => { const rows = document.querySelectorAll('#compare tbody tr.row'); \
             const row = rows[rows.length - 1]; row.querySelector('button.link').click(); \
             await new Promise((done) => setTimeout(done, 100)); \
             return navigator.clipboard.readText(); })()",
        );
        let id = browser.text("[...document.querySelectorAll('#compare tbody tr.row')].at(-1).id");
        browser.open(&copied);
        let marked = browser.text("document.querySelector('tr.target').id");
        assert_eq!(marked, id, "{copied}");
    }
    quiet(&browser);
}

#[test]
fn a_copied_citation_is_what_rfc_cite_prints() {
    let mut browser = Browser::start();
    browser.open(&page("claims", ""));
    let ids =
        strings(&browser.eval("AWB.claims.filter((it) => it.cite && !it.old).map((it) => it.id)"));
    let (first, last) = (ids.first().expect("a claim"), ids.last().expect("a claim"));
    for id in [first, last] {
        let output = xtask(&["rfc", "cite", id]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let printed = String::from_utf8(output.stdout).expect("text");
        let script = |button: &str| {
            format!(
                "(async () => {{ document.querySelector('{button}').click(); \
                 await new Promise((done) => setTimeout(done, 100)); \
                 return navigator.clipboard.readText(); }})()"
            )
        };
        browser.open(&page("claims", ""));
        let copied = browser.text(&script(&format!("#row-{id} button.cite")));
        assert_eq!(copied, printed);
        let evidence = address(&site().join(format!("rfc/evidence/{id}.html")), "");
        browser.open(&evidence);
        assert_eq!(browser.text(&script(".cite-bar button")), printed);
        let said = browser.text("document.querySelector('[role=status]').textContent");
        assert_eq!(said, "Copied to the clipboard");
    }
    quiet(&browser);
}

#[test]
fn two_sources_stand_beside_each_other_with_their_outcomes() {
    let mut browser = Browser::start();
    browser.open(&page("sources", ""));
    let two = "document.querySelectorAll('#compare .two .code').length";
    assert_eq!(browser.eval(two), Value::from(2));
    let results =
        "[...document.querySelectorAll('#compare .result strong')].map((it) => it.textContent)";
    assert_eq!(strings(&browser.eval(results)).len(), 2);
    let right = strings(&browser.eval(
        "[...document.querySelectorAll('#compare figcaption a')].map((it) => it.textContent)",
    ));
    let text = browser.text("[...document.querySelectorAll('#compare .code')][1].innerText");
    let file = std::fs::read_to_string(crate::root().join(&right[1])).expect("a source");
    let line = file.lines().find(|line| line.starts_with("async fn")).expect("a function");
    assert!(text.contains(line), "{} shows `{line}`", right[1]);
    // Beside each other on a wide page, below each other on a narrow one.
    let left = "[...document.querySelectorAll('#compare .code')]\
        .map((it) => it.getBoundingClientRect().left)";
    browser.width(1440);
    let wide = browser.eval(left);
    assert!(wide[0].as_f64() < wide[1].as_f64(), "{wide}");
    browser.width(400);
    let narrow = browser.eval(left);
    assert_eq!(narrow[0], narrow[1], "{narrow}");
    browser.width(1440);

    // Two designs that share a source text have it once, and what differs is the design.
    let pair = strings(&browser.eval(
        "(() => { const of = AWB.sources.of[AWB.hazards[0].id]; \
         const at = Object.keys(of).map(Number).filter((at) => \
         AWB.forms[at].axes && AWB.forms[at].variant === 'portable'); \
         return at.slice(0, 2).map((one) => AWB.forms[one].id); })()",
    ));
    choose(&mut browser, "left", &pair[0]);
    choose(&mut browser, "right", &pair[1]);
    assert_eq!(browser.eval("document.querySelectorAll('#compare .code').length"), Value::from(1));
    let swapped = strings(&browser.eval(results));
    click(&mut browser, "swap");
    let mut back = strings(&browser.eval(results));
    back.reverse();
    assert_eq!(back, swapped);
    quiet(&browser);
}

#[test]
fn costs_have_bars_and_intervals_and_are_sorted_and_filtered() {
    let mut browser = Browser::start();
    browser.open(&page("costs", ""));
    assert!(
        browser.eval("document.querySelectorAll('#compare svg.bar').length").as_u64() > Some(4)
    );
    assert!(
        browser.eval("document.querySelectorAll('#compare svg.bar .range').length").as_u64()
            > Some(0)
    );
    let first = "[...document.querySelectorAll('#compare tbody tr.row')]\
        .map((row) => row.querySelector('td.number').textContent)";
    let numbers = |texts: &[String]| -> Vec<f64> {
        texts.iter().filter_map(|text| text.replace(',', "").parse().ok()).collect()
    };
    let up = numbers(&strings(&browser.eval(first)));
    assert!(up.len() > 3 && up.is_sorted(), "{up:?}");
    let key = browser.text("document.querySelector('#compare thead th.number button').dataset.key");
    click(&mut browser, &key);
    let down = numbers(&strings(&browser.eval(first)));
    assert!(down.iter().rev().is_sorted(), "{down:?}");

    let rows = strings(&browser.eval(ROWS)).len();
    click(&mut browser, "modes");
    assert!(strings(&browser.eval(ROWS)).len() >= rows);
    click(&mut browser, "choose");
    let crates = browser.text("AWB.forms.find((form) => form.kind === 'crate').design");
    browser.open(&page("costs", ""));
    click(&mut browser, "choose");
    if browser.eval(&format!("Boolean({})", control(&format!("designs-{crates}"))))
        == Value::Bool(true)
    {
        click(&mut browser, &format!("designs-{crates}"));
        assert!(strings(&browser.eval(ROWS)).len() < rows);
    }
    // Every program has a page that says something.
    let programs =
        strings(&browser.eval("AWB.costs.questions.map((one) => `${one.workload}@${one.target}`)"));
    for program in programs {
        browser.open(&page("costs", &format!("q={program}")));
        assert!(!strings(&browser.eval(ROWS)).is_empty(), "{program}");
    }
    quiet(&browser);
}

#[test]
fn claims_are_found_by_word_and_verdict() {
    let mut browser = Browser::start();
    browser.open(&page("claims", ""));
    let all = strings(&browser.eval(ROWS)).len();
    browser.eval(&format!(
        "{{ const it = {}; it.focus(); it.value = 'futurelock'; \
         it.dispatchEvent(new Event('input')); }}",
        control("find")
    ));
    let found = strings(&browser.eval(ROWS));
    assert!(!found.is_empty() && found.len() < all, "{found:?}");
    assert_eq!(browser.text("document.activeElement.dataset.key"), "find", "typing goes on");
    browser.reload();
    assert_eq!(strings(&browser.eval(ROWS)), found);
    browser.open(&page("claims", ""));
    click(&mut browser, "verdict-supported");
    let rest = strings(&browser.eval(ROWS)).len();
    let expected =
        browser.eval("AWB.claims.filter((it) => !it.old && it.verdict !== 'supported').length");
    assert_eq!(Value::from(rest), expected);
    quiet(&browser);
}
