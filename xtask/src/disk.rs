//! Room for what a build writes. A full disk ends a gate in a compiler's or a linker's words,
//! which name neither the disk nor what to do.

use std::path::{Path, PathBuf};

/// What a gate from nothing has written at its end (4.4 GiB were counted), with some room to
/// grow; what `--deep` adds comes on top.
const WHOLE: u64 = 6 * GIB;
const DEEP: u64 = 6 * GIB;
/// With less than this a build fails sooner or later.
const FULL: u64 = GIB / 2;
const GIB: u64 = 1 << 30;

/// Where builds go, as cargo sees it.
fn target(root: &Path) -> PathBuf {
    root.join(std::env::var_os("CARGO_TARGET_DIR").unwrap_or("target".into()))
}

/// Bytes free for builds; none where the system does not tell.
pub(crate) fn free(root: &Path) -> Option<u64> {
    let target = target(root);
    fs4::available_space(target.ancestors().find(|path| path.exists())?).ok()
}

/// What to say before a gate: always how much is free, and what to do where that may be too
/// little. Only said, because nothing knows how much of what is built already is of use.
pub(crate) fn before(free: u64, deep: bool) -> String {
    let need = WHOLE + if deep { DEEP } else { 0 };
    let line = format!("== disk: {} free; all of it takes about {}", gib(free), gib(need));
    if free >= need {
        return line;
    }
    format!("{line}, less if built before. To make room: cargo clean, or set CARGO_TARGET_DIR")
}

/// What to say after a step that failed, if the disk is why.
pub(crate) fn after(free: u64) -> Option<String> {
    (free < FULL).then(|| {
        format!("== the disk is full ({} free): cargo clean, or set CARGO_TARGET_DIR", gib(free))
    })
}

/// With one decimal, rounded down.
fn gib(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10) / GIB;
    format!("{}.{} GiB", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_little_room_is_told_before_and_after() {
        assert!(!before(WHOLE, false).contains("To make room"));
        assert!(before(WHOLE, true).contains("To make room"));
        assert!(before(3 * GIB, false).starts_with("== disk: 3.0 GiB free"));
        assert_eq!(after(FULL), None);
        let full = after(FULL - 1).expect("told");
        assert!(full.contains("0.4 GiB free") && full.contains("cargo clean"), "{full}");
    }

    #[test]
    fn the_room_of_this_disk_is_known() {
        assert!(free(Path::new(env!("CARGO_MANIFEST_DIR"))).is_some_and(|bytes| bytes > 0));
    }
}
