use super::*;

fn put(root: &Path, name: &str, text: &str) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().expect("inside")).expect("a folder");
    fs::write(path, text).expect("writes");
}

const AXES: &str = "drop = \"may\"\ndrive = \"scope\"\ncancel = \"drop\"\nbuffer = \"copied\"\n\
    wake = \"root\"\nshare = \"borrow\"\nworkers = \"one\"\n";

/// Two families, a design that says neither family nor order, two crates, a baseline.
fn tree() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let root = dir.path();
    let first = format!("id = \"beta\"\nfamily = \"beta\"\norder = 10\n[axes.default]\n{AXES}");
    put(root, "prototypes/beta/design.toml", &first);
    let second = format!(
        "id = \"alpha\"\nfamily = \"alpha\"\norder = 20\nmodes = [\"z\", \"a\"]\n\
         [axes.z]\n{AXES}[axes.a]\n{AXES}"
    );
    put(root, "prototypes/alpha/design.toml", &second);
    put(root, "prototypes/fresh/design.toml", &format!("id = \"fresh\"\n[axes.default]\n{AXES}"));
    put(root, "workloads/peers/old/peer.toml", "id = \"old\"\norder = 20\n");
    put(root, "workloads/peers/small/peer.toml", "id = \"small\"\norder = 10\n");
    put(root, "workloads/targets/t/baselines/bare/Cargo.toml", "");
    let runtimes = "[[runtime]]\nid = \"own\"\nours = true\n\
        [[runtime]]\nid = \"fast\"\nnote = \"gone\"\nthreads = [\"files\"]\n";
    put(root, "prototypes/runtimes/runtimes.toml", runtimes);
    dir
}

fn sorted(roster: &Roster, keys: &[&str]) -> Vec<String> {
    let column = |text: &&str| {
        roster.column(&format!("w/c,n=1@{text}").parse().unwrap_or_else(|_| panic!("{text}")))
    };
    let mut columns: Vec<Column> = keys.iter().map(column).collect();
    columns.sort();
    columns.iter().map(ToString::to_string).collect()
}

#[test]
fn order_comes_from_the_files() {
    let tree = tree();
    let roster = Roster::read(tree.path()).expect("reads");
    let keys = [
        "bare:own",
        "old:old",
        "small:small",
        "fresh:own",
        "alpha/a:own",
        "alpha/z+expert:own",
        "alpha/z:fast",
        "alpha/z:own",
        "beta+expert:own",
        "beta:own",
    ];
    assert_eq!(
        sorted(&roster, &keys),
        [
            "beta",
            "beta+expert",
            "alpha/z",
            "alpha/z:fast",
            "alpha/z+expert",
            "alpha/a",
            "fresh",
            "small",
            "old",
            "bare",
        ]
    );
    assert_eq!(roster.reference(), Some("beta"));
}

#[test]
fn labels_threads_and_axes_come_from_the_files() {
    let tree = tree();
    let roster = Roster::read(tree.path()).expect("reads");
    let column = roster.column(&"w/c,n=1@beta:fast".parse().expect("a key"));
    assert_eq!(column.named(), "`beta:fast` (gone)");
    assert!(roster.has_threads("fast", "files") && !roster.has_threads("fast", "echo"));
    assert_eq!(roster.axis(&column, "drop"), Some("may"));
    assert_eq!(column.family, Family::Of(0));
    let baseline = roster.column(&"w/c,n=1@bare:own".parse().expect("a key"));
    assert!(baseline.is_baseline() && !baseline.is_peer());
}

#[test]
fn a_family_that_nobody_knows_is_refused_with_the_file() {
    let tree = tree();
    let path = "prototypes/beta/design.toml";
    put(tree.path(), path, &format!("id = \"beta\"\nfamily = \"pol\"\n[axes.default]\n{AXES}"));
    let error = format!("{:#}", Roster::read(tree.path()).expect_err("no such family"));
    assert!(error.contains("beta/design.toml: family `pol`"), "{error}");
    assert!(error.contains("families are alpha"), "names those that are: {error}");
    put(tree.path(), path, &format!("id = \"gamma\"\n[axes.default]\n{AXES}"));
    let error = format!("{:#}", Roster::read(tree.path()).expect_err("another id"));
    assert!(error.contains("`gamma` differs from the folder's name"), "{error}");
}
