//! Sections of an image.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use object::{Object, ObjectSection, ObjectSymbol};

/// Symbol of the workbench's World, ledger included, in an image.
const WORLD: &str = "AWB_WORLD";

/// Bytes by section.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sections {
    /// Code.
    pub text: u64,
    /// Constants.
    pub rodata: u64,
    /// Initialised statics; they lie in flash and in RAM.
    pub data: u64,
    /// Zeroed statics, without the World.
    pub bss: u64,
    /// The World with its ledger, which is not the firmware's.
    pub world: u64,
    /// Interrupt vectors: the same for every image of this board.
    pub vectors: u64,
}

/// Reads the sections of an image.
///
/// # Errors
/// When the file is no ELF image of ours.
pub fn sections(path: &Path) -> Result<Sections> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    let file = object::File::parse(&*bytes).with_context(|| path.display().to_string())?;
    let size = |name: &str| file.section_by_name(name).map_or(0, |section| section.size());
    let world = file.symbols().find(|symbol| symbol.name() == Ok(WORLD));
    let world = world.with_context(|| format!("{}: no symbol {WORLD}", path.display()))?.size();
    let bss = size(".bss");
    ensure!(world <= bss, "{}: {WORLD} does not lie in .bss", path.display());
    Ok(Sections {
        text: size(".text"),
        rodata: size(".rodata"),
        data: size(".data"),
        bss: bss - world,
        world,
        vectors: size(".vector_table"),
    })
}
