//! What the site needs besides this tool: mdBook to render it, and a browser to test it in.

use std::collections::BTreeMap;
use std::process::Command;

use xtask_bench::Requirement;
use xtask_report::mdbook;

/// The name under which `doctor` lists it beside the targets.
pub(crate) const SITE: &str = "site";

/// Names under which the browser is installed. The first is that of its package.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// What the site needs, and what is there.
pub(crate) fn needs() -> BTreeMap<String, Vec<Requirement>> {
    BTreeMap::from([(SITE.to_owned(), vec![renderer(), browser()])])
}

/// What renders it.
pub(crate) fn renderer() -> Requirement {
    let said = mdbook::found().map(|(_, said)| said);
    Requirement {
        name: "mdbook".to_owned(),
        purpose: format!("renders the site, release {}", mdbook::VERSION),
        found: said.filter(|said| mdbook::is_right(said)),
        required: true,
        install: vec![mdbook::INSTALL.map(str::to_owned).to_vec()],
        otherwise: Vec::new(),
    }
}

fn browser() -> Requirement {
    let found = BROWSERS.iter().find_map(|name| {
        let output = Command::new(name).arg("--version").output().ok()?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success().then_some(said)
    });
    Requirement {
        name: BROWSERS[0].to_owned(),
        purpose: "the browser in which the gate tests the site".to_owned(),
        found,
        required: false,
        install: xtask_bench::install_package(BROWSERS[0]),
        otherwise: Vec::new(),
    }
}
