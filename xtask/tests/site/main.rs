//! The site as a reader sees it: in a browser, by clicks and keys, over the tree's own records.
//!
//! What is expected is read from the data of the site and from `rfc cite`, so that a new record
//! changes no test.

mod browser;
mod compare;
mod lines;
mod links;
mod look;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use base64::Engine as _;
use serde_json::Value;

/// The tree's root: this package lies one folder below it.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a parent").to_owned()
}

/// A command of the tool as a reader types it. It is built as the tool is and not as a test: the
/// intervals of a whole record take minutes without optimisation.
fn xtask(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO"));
    command.args(["--quiet", "xtask"]).args(args).current_dir(root());
    xtask_repo::without_git_variables(&mut command);
    command.output().expect("started")
}

/// The folder of the site, built once for all tests.
fn site() -> &'static Path {
    static SITE: OnceLock<PathBuf> = OnceLock::new();
    SITE.get_or_init(|| {
        let output = xtask(&["report", "--site", "--json"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        root().join("target/site")
    })
}

/// Files of the site that end so, in order of path.
fn files(end: &str) -> Vec<PathBuf> {
    fn walk(dir: &Path, end: &str, into: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, end, into);
            } else if path.to_string_lossy().ends_with(end) {
                into.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(site(), end, &mut found);
    found.sort();
    found
}

/// The JSON that a script of the site calls a function with.
fn unpacked(path: &Path) -> Value {
    let script =
        std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let packed = script.split('"').nth(1).expect("a literal");
    let bytes = base64::engine::general_purpose::STANDARD.decode(packed).expect("base64");
    let mut json = Vec::new();
    flate2::read::ZlibDecoder::new(&bytes[..]).read_to_end(&mut json).expect("deflated");
    serde_json::from_slice(&json).expect("JSON")
}

/// Every page, as it is once its figures are filled in.
fn pages() -> BTreeMap<PathBuf, String> {
    const FILLS: &str = "pages.js\" data-page=\"";
    let mut packs: BTreeMap<PathBuf, Value> = BTreeMap::new();
    let mut all = BTreeMap::new();
    for path in files(".html") {
        let mut text = std::fs::read_to_string(&path).expect("a page");
        if let Some((before, after)) = text.split_once(FILLS) {
            let up = before.rsplit_once('"').expect("a source").1;
            let pack = path.parent().expect("a folder").join(format!("{up}pages.js"));
            let name = after.split('"').next().expect("a name");
            let texts = packs.entry(pack.clone()).or_insert_with(|| unpacked(&pack));
            let filled = texts[name].as_str().expect("the text of the page").to_owned();
            let (frame, rest) = text.split_once("<main>").expect("a text");
            let (_, end) = rest.split_once("</main>").expect("a text");
            text = format!("{frame}<main>{filled}</main>{end}");
        }
        all.insert(path, text);
    }
    all
}
