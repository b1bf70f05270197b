fn main() {
    let root =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let check = std::env::args().any(|a| a == "--check");
    let open = std::env::args().any(|a| a == "--open");
    let args = xtask_report::ReportArgs { check, open, ..Default::default() };
    match xtask_report::run(&args, &root) {
        Ok(a) => println!("{}", a.text),
        Err(e) => println!("ERR {e:#}"),
    }
}
