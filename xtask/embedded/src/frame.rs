//! Frames of an image, read against the documented layout.
//!
//! Twelve bytes each: tag, id, a little-endian 64-bit value, one byte of padding, and a
//! checksum. `workloads/contract/src/wire.rs` is the authority; this reader links nothing
//! of it, so that the tool never contains what it measures.

use anyhow::{Result, bail, ensure};

/// Bytes of every frame.
pub(crate) const FRAME_BYTES: usize = 12;

/// What a frame says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// A case begins: `value` is its size.
    Case,
    /// A metric: `id` is its place in the registry.
    Value,
    /// The receipt.
    Receipt,
    /// `id`: bit 0 occurs, bit 1 ended by the watchdog; `value` the severity.
    Outcome,
    /// `id` is log2 of the rounds, `value` the instructions.
    Calibration,
    /// The case failed; `id` says why.
    Failed,
    /// The image is done; `value` is the number of frames before this one.
    End,
}

/// One frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// What it says.
    pub tag: Tag,
    /// Which metric, case or reason.
    pub id: u8,
    /// The value.
    pub value: u64,
}

/// Reads all frames of a boot. The last one may be cut short by the image's death, which
/// is why incomplete bytes at the end are not an error here.
///
/// # Errors
/// At an unknown tag or a wrong checksum, naming the frame: the bytes are then not frames,
/// and nothing of the boot counts.
pub fn parse(bytes: &[u8]) -> Result<Vec<Frame>> {
    let (frames, _cut) = bytes.as_chunks::<FRAME_BYTES>();
    frames.iter().enumerate().map(|(number, frame)| one(number, frame)).collect()
}

fn one(number: usize, bytes: &[u8; FRAME_BYTES]) -> Result<Frame> {
    let tag = match bytes[0] {
        1 => Tag::Case,
        2 => Tag::Value,
        3 => Tag::Receipt,
        4 => Tag::Outcome,
        5 => Tag::Calibration,
        6 => Tag::Failed,
        7 => Tag::End,
        other => bail!("frame {number}: unknown tag {other}"),
    };
    ensure!(checksum(bytes) == bytes[11], "frame {number}: wrong checksum");
    let value = bytes[2..10].first_chunk().expect("eight of twelve bytes");
    let value = u64::from_le_bytes(*value);
    if tag == Tag::End {
        ensure!(value == number as u64, "frame {number}: the image says it sent {value} before");
    }
    Ok(Frame { tag, id: bytes[1], value })
}

fn checksum(bytes: &[u8; FRAME_BYTES]) -> u8 {
    bytes[..FRAME_BYTES - 1].iter().fold(0x5a, |sum: u8, byte| sum.rotate_left(1) ^ byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sent by an image: a calibration of one round and the beginning of a case.
    const GOLDEN: &[u8] = &[
        0x05, 0x00, 0x0d, 0, 0, 0, 0, 0, 0, 0, 0, 0xcb, //
        0x01, 0x00, 0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0xc2, //
        0x03, 0x00, 0xe3, 0x3c, 0x55, 0x93, 0xc8, 0x07, 0x5e, 0x5c, 0x00, 0x71,
    ];

    #[test]
    fn bytes_of_an_image_are_read() {
        let frames = parse(GOLDEN).expect("golden");
        let expected = [
            Frame { tag: Tag::Calibration, id: 0, value: 13 },
            Frame { tag: Tag::Case, id: 0, value: 20 },
            Frame { tag: Tag::Receipt, id: 0, value: 0x5c5e_07c8_9355_3ce3 },
        ];
        assert_eq!(frames, expected);
    }

    #[test]
    fn a_frame_that_was_cut_short_is_left_out() {
        assert_eq!(parse(&GOLDEN[..30]).expect("two whole frames").len(), 2);
    }

    #[test]
    fn damage_is_noticed_wherever_it_is() {
        for at in 0..GOLDEN.len() {
            // Padding is covered by the checksum like everything else.
            let mut bytes = GOLDEN.to_vec();
            bytes[at] ^= 0x10;
            assert!(parse(&bytes).is_err(), "byte {at}");
        }
    }

    #[test]
    fn an_end_that_counts_wrong_is_refused() {
        let mut end = [7, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        end[11] = checksum(&end);
        let text = parse(&end).expect_err("three frames are missing").to_string();
        assert!(text.contains("sent 3"), "{text}");
    }

    /// The authority is the contract's source. Its constants are read as text, because the
    /// tool must not link it.
    #[test]
    fn the_layout_is_that_of_the_contract() {
        let source = include_str!("../../../workloads/contract/src/wire.rs");
        for words in [
            "pub const FRAME_BYTES: usize = 12;",
            "Case = 1,",
            "Value = 2,",
            "Receipt = 3,",
            "Outcome = 4,",
            "Calibration = 5,",
            "Failed = 6,",
            "End = 7,",
            "bytes[2..10].copy_from_slice(&self.value.to_le_bytes());",
            "bytes[11] = checksum(&bytes);",
            ".fold(0x5a, |sum, byte| sum.rotate_left(1) ^ byte)",
        ] {
            assert!(source.contains(words), "wire.rs no longer says `{words}`; change this reader");
        }
    }
}
