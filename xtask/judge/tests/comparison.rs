//! What a claim may compare: one planted fault for each refusal.

use std::path::Path;

use xtask_judge::catalog::Catalog;
use xtask_judge::load;

/// The drive axis, from portable cells: poll and a scope that drives its children.
const DRIVE: &str = r#"
format = 1
id = "C900"
title = "t"
sentence = "s"
chapter = "c"
stance = { poll = "against", scoped = "for" }
class = "exact"
refuted_by = "r"
says_nothing_about = "n"

[[check]]
name = "awaited"
axis = "drive"
pair = ["poll", "scoped/local"]
of = { workload = "futurelock", case = "a", design = "poll" }
compare = "outcome"
equals = "occurs"
targets = ["sim"]

[[check]]
name = "scope"
axis = "drive"
pair = ["poll", "scoped/local"]
of = { workload = "futurelock", case = "a", design = "scoped", mode = "local" }
compare = "outcome"
equals = "absent"
targets = ["sim"]

[[check]]
name = "time"
axis = "drive"
pair = ["poll", "scoped/local"]
of = { workload = "buffered-body-stall", case = "hazard", design = "scoped", metric = "finish_ms" }
vs = { design = "poll" }
compare = "ratio"
at_most = 1.05
targets = ["sim"]
"#;

fn read(text: &str) -> Result<load::Loaded, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let catalog = Catalog::read(&root).expect("a catalog");
    load::read(text, "C900-test.toml", &catalog).map_err(|error| format!("{error:#}"))
}

fn with(old: &str, new: &str) -> Result<load::Loaded, String> {
    let text = DRIVE.replacen(old, new, 1);
    assert_ne!(text, DRIVE, "{old}");
    read(&text)
}

#[test]
fn a_pair_that_differs_in_its_axis_alone_is_read() {
    let loaded = read(DRIVE).expect("a claim");
    assert_eq!(loaded.claim.checks[0].axis.as_deref(), Some("drive"));
}

#[test]
fn an_unequal_comparison_is_refused_with_line_and_difference() {
    let awaited = "axis = \"drive\"\npair = [\"poll\", \"scoped/local\"]\n";
    let second = "design = \"scoped\", mode = \"local\" }";
    for (old, new, line, part) in [
        // The pair.
        ("scoped/local", "completion/c1", 13, "differ in drop, cancel, buffer; expected a pair"),
        ("\"poll\", \"scoped/local\"", "\"poll\", \"poll\"", 15, "differ in no axis"),
        ("scoped/local", "scoped/locale", 15, "unknown mode in `pair` `scoped/locale`; nearest: "),
        ("\"drive\"", "\"drives\"", 14, "`drives` is no axis; expected drop, drive, cancel"),
        (awaited, "axis = \"drive\"\n", 13, "`axis` without `pair`"),
        (awaited, "pair = [\"poll\", \"scoped/local\"]\n", 13, "`pair` without `axis`"),
        (awaited, &format!("{awaited}compound = \"c\"\n"), 13, "`axis` and `compound`"),
        (awaited, "compound = \" \"\n", 13, "`compound` is empty"),
        // The ends.
        (
            "design = \"poll\" }",
            "design = \"completion\" }",
            13,
            "expected `poll` or `scoped/local`",
        ),
        ("design = \"poll\" }", "design = \"p*\" }", 13, "`of` selects `p*`"),
        ("vs = { design = \"poll\" }", "vs = { at = { n = 5 } }", 31, "`vs` selects `scoped`"),
        ("vs = { design = \"poll\" }", "vs = { design = \"rent\" }", 31, "`vs` selects `rent`"),
        // All else.
        (second, "design = \"scoped\", variant = \"idiomatic\" }", 13, "differ in variant too"),
        (second, "design = \"scoped\", runtime = \"own-epoll\" }", 13, "differ in runtime too"),
        (second, "design = \"scoped\", at = { n = 3 } }", 13, "differ in size too"),
        (
            "case = \"a\", design = \"scoped\"",
            "case = \"b\", design = \"scoped\"",
            13,
            "in case too",
        ),
        (
            "\"poll\" }\ncompare = \"ratio\"",
            "\"poll\", variant = \"expert\" }\ncompare = \"ratio\"",
            31,
            "differ in variant too",
        ),
        (
            "\"poll\" }\ncompare = \"ratio\"",
            "\"poll\", at = { n = 9 } }\ncompare = \"ratio\"",
            31,
            "differ in size too",
        ),
    ] {
        let refused = with(old, new).expect_err(new);
        assert!(refused.contains(part), "{new}: {refused}");
        assert!(refused.starts_with(&format!("C900-test.toml:{line}: ")), "{new}: {refused}");
    }
}

#[test]
fn one_end_without_the_other_is_refused() {
    let text = DRIVE.replacen("axis = \"drive\"\npair = [\"poll\", \"scoped/local\"]\n", "", 1);
    let refused = read(&text).expect_err("one end");
    assert!(refused.contains("reads one end of its pair; expected a second check"), "{refused}");
}

#[test]
fn several_axes_or_sources_are_compared_only_with_the_reason() {
    let time =
        "axis = \"drive\"\npair = [\"poll\", \"scoped/local\"]\nof = { workload = \"buffered";
    let none = "of = { workload = \"buffered";
    // Two modes in one quotient.
    let text = DRIVE.replacen(time, none, 1);
    let refused = read(&text).expect_err("no axis");
    assert!(refused.contains("`scoped/local` and `poll` differ in drive; expected `axis`"));
    let why = format!("compound = \"why\"\n{none}");
    assert!(read(&DRIVE.replacen(time, &why, 1)).is_ok());
    // Two sources in one quotient.
    let rewritten = text.replacen(
        "metric = \"finish_ms\"",
        "metric = \"finish_ms\", variant = \"idiomatic\"",
        1,
    );
    let rewritten = rewritten.replacen(
        "vs = { design = \"poll\" }",
        "vs = { design = \"poll\", variant = \"portable\" }",
        1,
    );
    let refused = read(&rewritten).expect_err("two sources");
    assert!(refused.contains("compares idiomatic with portable"), "{refused}");
    // Two sources in two checks of one workload.
    let ends =
        "axis = \"drive\"\npair = [\"poll\", \"scoped/local\"]\nof = { workload = \"futurelock";
    let apart = DRIVE
        .replace(ends, "of = { workload = \"futurelock")
        .replace("mode = \"local\" }", "variant = \"idiomatic\" }");
    let refused = read(&apart).expect_err("two sources apart");
    assert!(refused.contains("reads idiomatic and `awaited` reads portable"), "{refused}");
    let why = apart.replacen("name = \"scope\"\n", "name = \"scope\"\ncompound = \"why\"\n", 1);
    assert!(read(&why).is_ok());
}

#[test]
fn a_stance_is_of_a_design() {
    for about in ["language", "crate", "driver", "workbench"] {
        let refused = with("class =", &format!("about = \"{about}\"\nclass =")).expect_err(about);
        assert!(refused.contains(&format!("about = \"{about}\" and a stance for `poll`")));
        let none = DRIVE
            .replacen("stance = { poll = \"against\", scoped = \"for\" }", "stance = {}", 1)
            .replacen("class =", &format!("about = \"{about}\"\nclass ="), 1);
        assert!(read(&none).is_ok());
    }
    assert!(with("class =", "about = \"design\"\nclass =").is_ok());
    assert!(with("class =", "about = \"compiler\"\nclass =").is_err());
}

#[test]
fn a_superseded_claim_keeps_its_comparison() {
    let text = DRIVE.replacen("scoped/local", "completion/c1", 1);
    assert!(read(&text).is_err());
    let text = text.replacen("class =", "superseded_by = \"C130\"\nclass =", 1);
    assert!(read(&text).is_ok());
}

#[test]
fn how_a_check_is_to_be_read_does_not_make_it_post_hoc() {
    let hash = |text: &str| xtask_judge::check_hash(&toml::from_str(text).expect("toml"));
    let axis = "axis = \"drive\"\npair = [\"poll\", \"scoped/local\"]\n";
    let bare = DRIVE.replace(axis, "");
    assert_eq!(hash(DRIVE), hash(&bare));
    assert_eq!(hash(&DRIVE.replace(axis, "compound = \"why\"\n")), hash(&bare));
    assert_ne!(hash(&bare.replace("1.05", "1.06")), hash(&bare));
    // A claim and its hash from before these keys were there.
    let old = "[[check]]\nname = \"lost\"\nof = { design = \"poll\" }\nat_least = 1\n";
    assert_eq!(hash(old), "4cee5b7f1d4f5ec130a50ffc19f476c59701099c43a63309351f3a3189f41884");
}
