//! The metric registry as Rust. Generated from `metrics.toml` by `cargo xtask tidy --fix`.

/// A metric of `metrics.toml`; the text there says what it counts and in which unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
#[non_exhaustive]
pub enum Metric {
    /// items that were taken from their source and never reached a sink (items).
    LostItems,
    /// items that reached a sink more than once (items).
    DuplicatedItems,
    /// items used after their peer had given up (items).
    LateItems,
    /// first halves of a two-step effect whose second half never happened (effects).
    UnmatchedEffects,
    /// exit paths on which the asynchronous clean-up finished (exits).
    CleanupExits,
    /// cells of a matrix whose outcome is absent (cells).
    CellsOk,
    /// virtual time at which the root operation ended (ms).
    FinishMs,
    /// longest virtual time between a request to cancel and its answer (ms).
    CancelMsMax,
    /// virtual time that leaving a scope took (ms).
    ExitMs,
    /// polls of leaf operations (timers, channels, locks, devices) (polls).
    LeafPolls,
    /// polls of independently scheduled children and root tasks (polls).
    TaskPolls,
    /// calls of a waker that made something runnable (wakes).
    Wakes,
    /// leaf polls that found nothing changed since the poll before (polls).
    SpuriousPolls,
    /// entries taken from the executor's run queue (turns).
    Turns,
    /// heap allocations during the measured call (allocations).
    Allocs,
    /// bytes asked of the allocator during the measured call (B).
    AllocBytes,
    /// largest live heap during the measured call, above its start (B).
    PeakBytes,
    /// bytes copied between buffers by the design or its driver (B).
    CopiedBytes,
    /// clones of shared ownership (clones).
    ArcClones,
    /// size_of_val of the operation named by the case (B).
    FutureBytes,
    /// bytes of one child's storage, header included (B).
    TaskBytes,
    /// user-space instructions of the measured call (callgrind; QEMU -icount) (instructions).
    Instr,
    /// system calls of the measured call, without looks at the clock (calls).
    Syscalls,
    /// section .text of the image (B).
    TextBytes,
    /// section .rodata of the image (B).
    RodataBytes,
    /// section .data of the image (B).
    DataBytes,
    /// section .bss of the image, less the workbench's own World (B).
    BssBytes,
    /// deepest stack reached, found by painting it (B).
    StackBytes,
    /// wall time of one call, from interleaved blocks (ns).
    WallNs,
    /// CPU time of one call, of the thread and of softirq threads, from the same blocks (ns).
    CpuNs,
    /// median latency from the intended start (ns).
    LatencyNsP50,
    /// 99th percentile of latency from the intended start (ns).
    LatencyNsP99,
    /// growth of the resident set of a fresh process until the end of the measured part (B).
    RssBytes,
    /// time of cargo check of the suite against one design (ms).
    CheckMs,
    /// tokens that only asynchronous code needs (tokens).
    AsyncTokens,
    /// lines that differ from the form compared with (lines).
    DiffLines,
    /// most loop bodies that ran at the same time (bodies).
    BodiesPeak,
    /// most items claimed and not yet given to a body (items).
    ClaimedAhead,
    /// device writes through a lease that had ended (writes).
    StaleWrites,
    /// bytes still held after everything was cancelled and drained (B).
    HeldBytes,
    /// times any coroutine frame was entered (resumes).
    Resumes,
    /// calls of the marker symbol of the cell's own design (calls).
    OwnMarkers,
    /// calls of the marker symbol of any other design (calls).
    ForeignMarkers,
    /// operations made in the measured part of a run (operations).
    Ops,
    /// resources that a device opened and nothing used or closed (resources).
    Leaked,
    /// resources that a device opened and that were closed without having been used (resources).
    ReclaimedLate,
    /// requests to give up an operation that a device got (requests).
    CancelsIssued,
    /// heap bytes live at the end of the measured part, above its start (B).
    LiveBytes,
    /// calls that returned after the limit that their caller had set (calls).
    MissedLimits,
    /// effects of a cancelled operation after its canceller had gone on (effects).
    LateEffects,
    /// attempts that a device refused, because the one before had not been cleaned up (attempts).
    Refused,
    /// most steps of one child between two turns of its sibling (steps).
    StepsBetween,
    /// CPU time of one measured part in all threads of the process, and until they sleep again (ns).
    ProcessCpuNs,
    /// user-space instructions of all threads of a measured part (callgrind, one at a time) (instructions).
    InstrThreads,
}

impl Metric {
    /// Every metric, in the order of the registry.
    pub const ALL: &'static [Metric] = &[
        Metric::LostItems,
        Metric::DuplicatedItems,
        Metric::LateItems,
        Metric::UnmatchedEffects,
        Metric::CleanupExits,
        Metric::CellsOk,
        Metric::FinishMs,
        Metric::CancelMsMax,
        Metric::ExitMs,
        Metric::LeafPolls,
        Metric::TaskPolls,
        Metric::Wakes,
        Metric::SpuriousPolls,
        Metric::Turns,
        Metric::Allocs,
        Metric::AllocBytes,
        Metric::PeakBytes,
        Metric::CopiedBytes,
        Metric::ArcClones,
        Metric::FutureBytes,
        Metric::TaskBytes,
        Metric::Instr,
        Metric::Syscalls,
        Metric::TextBytes,
        Metric::RodataBytes,
        Metric::DataBytes,
        Metric::BssBytes,
        Metric::StackBytes,
        Metric::WallNs,
        Metric::CpuNs,
        Metric::LatencyNsP50,
        Metric::LatencyNsP99,
        Metric::RssBytes,
        Metric::CheckMs,
        Metric::AsyncTokens,
        Metric::DiffLines,
        Metric::BodiesPeak,
        Metric::ClaimedAhead,
        Metric::StaleWrites,
        Metric::HeldBytes,
        Metric::Resumes,
        Metric::OwnMarkers,
        Metric::ForeignMarkers,
        Metric::Ops,
        Metric::Leaked,
        Metric::ReclaimedLate,
        Metric::CancelsIssued,
        Metric::LiveBytes,
        Metric::MissedLimits,
        Metric::LateEffects,
        Metric::Refused,
        Metric::StepsBetween,
        Metric::ProcessCpuNs,
        Metric::InstrThreads,
    ];

    /// The id used in records, claims and prose.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Metric::LostItems => "lost_items",
            Metric::DuplicatedItems => "duplicated_items",
            Metric::LateItems => "late_items",
            Metric::UnmatchedEffects => "unmatched_effects",
            Metric::CleanupExits => "cleanup_exits",
            Metric::CellsOk => "cells_ok",
            Metric::FinishMs => "finish_ms",
            Metric::CancelMsMax => "cancel_ms_max",
            Metric::ExitMs => "exit_ms",
            Metric::LeafPolls => "leaf_polls",
            Metric::TaskPolls => "task_polls",
            Metric::Wakes => "wakes",
            Metric::SpuriousPolls => "spurious_polls",
            Metric::Turns => "turns",
            Metric::Allocs => "allocs",
            Metric::AllocBytes => "alloc_bytes",
            Metric::PeakBytes => "peak_bytes",
            Metric::CopiedBytes => "copied_bytes",
            Metric::ArcClones => "arc_clones",
            Metric::FutureBytes => "future_bytes",
            Metric::TaskBytes => "task_bytes",
            Metric::Instr => "instr",
            Metric::Syscalls => "syscalls",
            Metric::TextBytes => "text_bytes",
            Metric::RodataBytes => "rodata_bytes",
            Metric::DataBytes => "data_bytes",
            Metric::BssBytes => "bss_bytes",
            Metric::StackBytes => "stack_bytes",
            Metric::WallNs => "wall_ns",
            Metric::CpuNs => "cpu_ns",
            Metric::LatencyNsP50 => "latency_ns_p50",
            Metric::LatencyNsP99 => "latency_ns_p99",
            Metric::RssBytes => "rss_bytes",
            Metric::CheckMs => "check_ms",
            Metric::AsyncTokens => "async_tokens",
            Metric::DiffLines => "diff_lines",
            Metric::BodiesPeak => "bodies_peak",
            Metric::ClaimedAhead => "claimed_ahead",
            Metric::StaleWrites => "stale_writes",
            Metric::HeldBytes => "held_bytes",
            Metric::Resumes => "resumes",
            Metric::OwnMarkers => "own_markers",
            Metric::ForeignMarkers => "foreign_markers",
            Metric::Ops => "ops",
            Metric::Leaked => "leaked",
            Metric::ReclaimedLate => "reclaimed_late",
            Metric::CancelsIssued => "cancels_issued",
            Metric::LiveBytes => "live_bytes",
            Metric::MissedLimits => "missed_limits",
            Metric::LateEffects => "late_effects",
            Metric::Refused => "refused",
            Metric::StepsBetween => "steps_between",
            Metric::ProcessCpuNs => "process_cpu_ns",
            Metric::InstrThreads => "instr_threads",
        }
    }
}
