//! Every command that a page prints is one that this tool understands.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser as _;

use crate::Cli;

/// Pages that a reader copies commands from.
fn pages(root: &Path) -> Vec<PathBuf> {
    let tracked = xtask_repo::tracked(root).expect("a repository");
    let page = |path: &PathBuf| {
        let relative = path.strip_prefix(root).unwrap_or(path);
        let top = relative.components().count() == 1;
        let of_text = relative.starts_with("rfc") || relative.starts_with("reports");
        path.extension().is_some_and(|end| end == "md") && (top || of_text)
    };
    tracked.into_iter().filter(page).collect()
}

/// Commands of a page: in backticks, and on lines of their own in blocks of code.
fn commands(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut code = false;
    for line in text.lines() {
        if line.starts_with("```") {
            code = !code;
        } else if code {
            found.extend(line.trim().starts_with("cargo xtask ").then(|| line.trim().to_owned()));
        } else {
            let quoted = line.split('`').skip(1).step_by(2);
            found.extend(quoted.filter(|it| it.starts_with("cargo xtask ")).map(str::to_owned));
        }
    }
    found
}

/// The words as a shell would give them: comments end a command, quotes hold words together,
/// and a word such as `<id>` or `C0nn` stands for one of the reader's own.
fn words(command: &str) -> Vec<String> {
    let command = command.split(" #").next().unwrap_or_default();
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in command.chars() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (' ', None) => words.push(String::new()),
            (c, _) => words.last_mut().expect("a word").push(c),
        }
    }
    words.retain(|word| !word.is_empty());
    words.split_off(1)
}

#[test]
fn the_tool_understands_every_command_that_a_page_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a root");
    let (mut wrong, mut seen, mut evidence) = (Vec::new(), 0, 0);
    for page in pages(root) {
        let text = fs::read_to_string(&page).expect("readable");
        let relative = page.strip_prefix(root).expect("below the root");
        let commands = commands(&text);
        if relative.starts_with("rfc/evidence") {
            evidence += usize::from(!commands.is_empty());
        }
        for command in commands {
            // The command without its own words names what it does: `cargo xtask bench`.
            seen += 1;
            if let Err(error) = Cli::try_parse_from(words(&command)) {
                let said = error.to_string();
                wrong.push(format!("{}: `{command}`: {said}", relative.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let claims = fs::read_dir(root.join("rfc/claims")).expect("claims").count();
    assert!(seen > claims, "only {seen} commands were found");
    assert_eq!(evidence, claims, "each evidence page prints its command");
}

#[test]
fn a_command_with_a_flag_that_is_none_is_refused() {
    let text = "Run `cargo xtask bench --clam C017`.\n\n```sh\ncargo xtask rfc cit C017\n```\n";
    let commands = commands(text);
    assert_eq!(commands.len(), 2);
    for command in commands {
        assert!(Cli::try_parse_from(words(&command)).is_err(), "{command}");
    }
    let quoted = "cargo xtask bench --workload 'select-*'  # all of them";
    assert_eq!(words(quoted), ["xtask", "bench", "--workload", "select-*"]);
}
