//! Build script of every image. Link arguments of a library do not reach the binaries that
//! use it, so each image gives them itself.

fn main() {
    println!("cargo::rustc-link-arg-bins=-Tlink.x");
    // No padding of the program headers into flash.
    println!("cargo::rustc-link-arg-bins=--nmagic");
    println!("cargo::rerun-if-changed=build.rs");
}
