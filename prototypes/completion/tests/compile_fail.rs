//! What must not compile, with the compiler's words: the seal (T3), the closed doors to `poll`
//! (T1, T4), and the borrows of a scope's children.
//!

#[cfg(not(miri))] // Miri starts no compiler.
#[test]
fn t03_t04_what_must_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*.rs");
    cases.pass("tests/ui/pass/*.rs");
}
