//! How pages look: nothing wider than the window, contrast, themes, paper.

use serde_json::Value;

use crate::browser::{Browser, address};
use crate::{files, site};

/// Texts whose contrast with what is behind them is below AA, as `ratio text`.
const CONTRAST: &str = r#"(() => {
  const part = (byte) => {
    const share = byte / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((at) => top[at] * top[3] + below[at] * (1 - top[3]));
  const ground = (node) => {
    const layers = [];
    for (let it = node; it; it = it.parentElement) {
      layers.push(rgba(getComputedStyle(it).backgroundColor));
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const bad = new Map();
  let seen = 0;
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (!text || !node.checkVisibility() || node.closest("script, noscript, .said, svg")) continue;
    const style = getComputedStyle(node);
    const behind = ground(node);
    const ink = over(rgba(style.color), behind);
    const [one, other] = [light(ink) + 0.05, light(behind) + 0.05];
    const ratio = Math.max(one, other) / Math.min(one, other);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    seen += 1;
    if (ratio < (large ? 3 : 4.5)) {
      bad.set(`${node.tagName} ${node.className}`, `${ratio.toFixed(2)} ${text.slice(0, 40)}`);
    }
  }
  return { seen, bad: [...bad].map(([where, what]) => `${where}: ${what}`) };
})()"#;

const THEMES: [&str; 5] = ["light", "rust", "coal", "navy", "ayu"];

fn theme(browser: &mut Browser, name: &str) {
    browser.eval(&format!("document.getElementById('mdbook-theme-{name}').click()"));
}

#[test]
fn no_page_complains_or_is_wider_than_the_window() {
    let mut browser = Browser::start();
    let mut wide = Vec::new();
    for path in files(".html") {
        if path.ends_with("toc.html") || path.ends_with("404.html") {
            continue;
        }
        let name = path.strip_prefix(site()).expect("below the site").display().to_string();
        browser.width(1440);
        browser.open(&address(&path, ""));
        for width in [1440, 400, 360] {
            browser.width(width);
            let beyond = browser.eval(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth",
            );
            if beyond.as_i64() > Some(0) {
                wide.push(format!("{name} at {width}: {beyond} pixels too wide"));
            }
        }
        let said: Vec<String> = browser.complaints.drain(..).collect();
        assert!(said.is_empty(), "{name}: {}", said.join("\n"));
    }
    assert!(wide.is_empty(), "{}", wide.join("\n"));
}

#[test]
fn texts_have_contrast_in_every_theme() {
    let mut browser = Browser::start();
    let compared = ["hazards", "sources", "costs", "claims"];
    let mut pages: Vec<String> =
        compared.iter().map(|name| format!("compare/{name}.html")).collect();
    pages.extend(["index.html", "rfc/summary.html", "reports/hazards.html"].map(str::to_owned));
    let mut bad = Vec::new();
    for page in pages {
        browser.open(&address(&site().join(&page), ""));
        browser.eval("document.querySelectorAll('main details').forEach((it) => it.open = true)");
        for name in THEMES {
            theme(&mut browser, name);
            let found = browser.eval(CONTRAST);
            assert!(found["seen"].as_u64() > Some(10), "{page}: {found}");
            for one in found["bad"].as_array().expect("a list") {
                bad.push(format!("{page} in {name}: {}", one.as_str().unwrap_or_default()));
            }
        }
    }
    assert!(bad.is_empty(), "below AA:\n{}", bad.join("\n"));
}

#[test]
fn a_figure_follows_the_theme_and_not_the_system() {
    let mut browser = Browser::start();
    browser.media("light", "screen");
    browser.open(&address(&site().join("reports/echo.html"), ""));
    let shown = "document.querySelector('main picture img').currentSrc.split('/').pop()";
    assert!(browser.text(shown).contains("light"));
    theme(&mut browser, "navy");
    browser.eval("new Promise((done) => setTimeout(done, 200))");
    assert!(browser.text(shown).contains("dark"));
    theme(&mut browser, "light");
    browser.eval("new Promise((done) => setTimeout(done, 200))");
    assert!(browser.text(shown).contains("light"));
}

#[test]
fn dark_is_the_default_where_the_system_prefers_it() {
    let mut browser = Browser::start();
    for (scheme, name) in [("dark", "navy"), ("light", "light")] {
        browser.media(scheme, "screen");
        browser.open(&address(&site().join("compare/hazards.html"), ""));
        let has = format!("document.documentElement.classList.contains('{name}')");
        assert_eq!(browser.eval(&has), Value::Bool(true), "{scheme}");
    }
}

#[test]
fn paper_has_the_tables_and_not_the_controls() {
    let mut browser = Browser::start();
    browser.media("light", "print");
    browser.open(&address(&site().join("compare/hazards.html"), ""));
    let visible = |what: &str| {
        format!(
            "[...document.querySelectorAll('{what}')].filter((it) => it.checkVisibility()).length"
        )
    };
    for hidden in [
        "#compare .filters",
        "#compare .row-tools",
        "#mdbook-menu-bar",
        "#mdbook-sidebar",
        ".pager",
    ] {
        assert_eq!(browser.eval(&visible(hidden)), Value::from(0), "{hidden}");
    }
    assert!(browser.eval(&visible("#compare tbody tr")).as_u64() > Some(3));
    assert!(browser.eval(&visible("#compare .answer")).as_u64() > Some(0));
}

#[test]
fn the_search_finds_a_word_of_the_text() {
    let mut browser = Browser::start();
    browser.open(&address(&site().join("index.html"), ""));
    browser.eval("document.getElementById('mdbook-search-toggle').click()");
    let found = browser.eval(
        "(async () => { const bar = document.getElementById('mdbook-searchbar'); \
         for (let at = 0; at < 100; at++) { \
           bar.value = 'futurelock'; bar.dispatchEvent(new KeyboardEvent('keyup')); \
           bar.dispatchEvent(new Event('input')); \
           await new Promise((done) => setTimeout(done, 100)); \
           const all = document.querySelectorAll('#mdbook-searchresults a').length; \
           if (all) return all; } return 0; })()",
    );
    assert!(found.as_u64() > Some(0), "the search of the book found nothing");
}
