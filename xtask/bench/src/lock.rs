//! One run at a time in a checkout: two would build into the same folders, and each would be
//! the noise of the other.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use anyhow::{Context, Result};

use crate::InputError;

/// Held while a run lasts. The system takes it back from a process that ends, however it ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of the checkout at `root`.
    ///
    /// # Errors
    /// An [`InputError`] that names the holder, when another process has it.
    pub(crate) fn take(root: &Path, command: &str) -> Result<Lock> {
        let path = root.join("target/bench/lock");
        let dir = path.parent().context("a lock lies in a folder")?;
        std::fs::create_dir_all(dir).with_context(|| dir.display().to_string())?;
        let mut options = OpenOptions::new();
        let open = options.create(true).truncate(false).read(true).write(true).open(&path);
        let mut file = open.with_context(|| path.display().to_string())?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // What cannot be read is not named.
                let _ = file.read_to_string(&mut holder);
                let holder = holder.trim();
                let text = format!(
                    "another run is under way in this checkout: {holder}; wait for its end, \
                     or measure in a clone of your own"
                );
                return Err(InputError::new(text).into());
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| path.display().to_string());
            }
        }
        let holder = format!("process {}, `{command}`\n", std::process::id());
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(holder.as_bytes()))
            .with_context(|| path.display().to_string())?;
        Ok(Lock { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_run_is_told_who_has_the_checkout() {
        let dir = tempfile::tempdir().expect("a folder");
        let first = Lock::take(dir.path(), "cargo xtask bench --workload x").expect("free");
        let error = Lock::take(dir.path(), "cargo xtask bench").expect_err("taken");
        assert_eq!(crate::exit_code(&error), 2);
        let text = error.to_string();
        assert!(text.contains(&format!("process {}", std::process::id())), "{text}");
        assert!(text.contains("--workload x"), "{text}");
        drop(first);
        Lock::take(dir.path(), "cargo xtask bench").expect("free again");
    }
}
