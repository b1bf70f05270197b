//! What must not compile: safe code that would break what is in the kernel. With the compiler's
//! words; after a change of wording: `TRYBUILD=overwrite cargo test -p kernel --test compile_fail`,
//! with `--features io` for the second.
#![cfg(not(any(miri, loom)))]

#[test]
fn what_must_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}

#[cfg(feature = "io")]
#[test]
fn what_must_not_compile_of_io() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/io/*.rs");
}
