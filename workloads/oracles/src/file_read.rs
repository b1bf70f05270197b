//! `file-read`: a file in the page cache, in blocks.
//!
//! Set-up: open the file, make the buffers, read one block. Measured: `n` blocks of
//! [`BLOCK`] bytes at increasing offsets, from the start again at the end of the file. Case
//! `sequential` reads one after another, `joined` has [`READERS`] readers at once, each with
//! a buffer of its own, that take the next block in turn. A block is one operation.

use contract::{Judged, Ledger, Metrics, Params};

/// Bytes of a block.
pub const BLOCK: usize = 64 * 1024;
/// Blocks of the file.
pub const BLOCKS: u32 = 64;
/// Readers of case `joined`.
pub const READERS: u32 = 8;

/// Where block `item` begins.
#[must_use]
pub fn offset(item: u32) -> u64 {
    u64::from(item % BLOCKS) * BLOCK as u64
}

/// What every byte of block `item` is.
#[must_use]
pub fn fill(item: u32) -> u8 {
    u8::try_from(item % BLOCKS).expect("there are fewer blocks than a byte has values")
}

/// Whether a block has the bytes that it should have. Looks at both ends.
#[must_use]
pub fn is_block(item: u32, bytes: &[u8]) -> bool {
    let wanted = fill(item);
    bytes.len() == BLOCK && bytes.first() == Some(&wanted) && bytes.last() == Some(&wanted)
}

/// A path under which the file can be opened for as long as the process lives. The file is
/// made once, lies in the folder for temporary files, and has no name of its own: nothing
/// is left behind.
///
/// # Errors
/// When it cannot be made; the text names the folder.
#[cfg(feature = "std")]
pub fn path() -> Result<&'static str, std::string::String> {
    use std::format;
    use std::string::String;
    use std::sync::OnceLock;
    static PATH: OnceLock<Result<String, String>> = OnceLock::new();
    let made = PATH.get_or_init(|| {
        let dir = std::env::temp_dir();
        make(&dir).map_err(|error| format!("{}: {error}", dir.display()))
    });
    made.as_deref().map_err(String::clone)
}

#[cfg(feature = "std")]
fn make(dir: &std::path::Path) -> std::io::Result<std::string::String> {
    use std::fs::{self, OpenOptions};
    use std::io::Write;
    use std::os::fd::AsRawFd;
    use std::{format, process, vec};
    let named = dir.join(format!("file-read-{}.bin", process::id()));
    let mut file = OpenOptions::new().read(true).write(true).create_new(true).open(&named)?;
    fs::remove_file(&named)?;
    for item in 0..BLOCKS {
        file.write_all(&vec![fill(item); BLOCK])?;
    }
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    // Open for ever: the path leads to this descriptor.
    std::mem::forget(file);
    Ok(path)
}

/// Every block was read and had its own bytes.
#[must_use]
pub fn judge(ledger: &Ledger, params: &Params, _: &Metrics) -> Judged {
    crate::complete(ledger, params.n)
}
