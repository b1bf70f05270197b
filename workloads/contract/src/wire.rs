//! The frames a bare-metal image sends to its host.
//!
//! Fixed-size binary frames: the image formats nothing, so the measured image is the
//! shipped image. Every frame is [`FRAME_BYTES`] long: a tag, a metric or case number,
//! padding, and a 64-bit value, little-endian, with a checksum byte.

/// Bytes of every frame.
pub const FRAME_BYTES: usize = 12;

/// What a frame says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Tag {
    /// A case begins: `id` is its index in the workload, `value` the size `n`.
    Case = 1,
    /// A metric of the running case: `id` is the `Metric` as a number.
    Value = 2,
    /// The receipt of the running case.
    Receipt = 3,
    /// The outcome of the running case: `id` bit 0 set occurs, clear absent; bit 1 set if the
    /// watchdog of virtual time ended the run; `value` the severity.
    Outcome = 4,
    /// The calibration loop: `id` is log2 of the rounds, `value` the instructions.
    Calibration = 5,
    /// The case failed: `id` 1 ledger overflow, 2 control fired, 3 stuck, 4 panic (`value` is
    /// the source line), 5 hard fault or exhausted stack, 6 the two calls differ. Stuck and
    /// panic send a `Receipt` first.
    Failed = 6,
    /// The image is done; `value` is the number of frames before this one.
    End = 7,
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

impl Frame {
    /// The bytes to send.
    #[must_use]
    pub fn to_bytes(self) -> [u8; FRAME_BYTES] {
        let mut bytes = [0; FRAME_BYTES];
        bytes[0] = self.tag as u8;
        bytes[1] = self.id;
        bytes[2..10].copy_from_slice(&self.value.to_le_bytes());
        bytes[11] = checksum(&bytes);
        bytes
    }

    /// Reads one frame; `None` for an unknown tag or a wrong checksum.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; FRAME_BYTES]) -> Option<Frame> {
        let tag = [
            Tag::Case,
            Tag::Value,
            Tag::Receipt,
            Tag::Outcome,
            Tag::Calibration,
            Tag::Failed,
            Tag::End,
        ]
        .into_iter()
        .find(|tag| *tag as u8 == bytes[0])?;
        let mut value = [0; 8];
        value.copy_from_slice(&bytes[2..10]);
        let frame = Frame { tag, id: bytes[1], value: u64::from_le_bytes(value) };
        (checksum(bytes) == bytes[11]).then_some(frame)
    }
}

fn checksum(bytes: &[u8; FRAME_BYTES]) -> u8 {
    bytes[..FRAME_BYTES - 1].iter().fold(0x5a, |sum, byte| sum.rotate_left(1) ^ byte)
}
