//! What must not compile, with the compiler's words. After a change of wording:
//! `TRYBUILD=overwrite cargo test -p design-structured --test compile_fail`.

#[cfg(not(miri))] // Miri starts no compiler.
#[test]
fn what_must_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
    cases.pass("tests/ui/pass/*.rs");
}
