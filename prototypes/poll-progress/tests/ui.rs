//! What must not compile. After a change of wording: `TRYBUILD=overwrite cargo test --test ui`.

#[test]
fn what_must_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
