//! The bars, and whom each is about.

use super::super::ECHO;
use super::super::rows::{TOKIO, URING};

/// When a bar is kept.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    AtMost(f64),
    AtLeast(f64),
    /// This far from one, at most.
    Within(f64),
}

/// What is held against a bar.
#[derive(Clone, Copy, Debug)]
pub(super) enum Figure {
    /// Per operation.
    Value(&'static str),
    /// Per operation, over that of the best rival; the rival's case may have a form.
    Ratio(&'static str, &'static [&'static str], &'static str),
    /// Operations per second over those of the best rival.
    Speed(&'static [&'static str]),
}

/// One bar.
pub(super) struct Bound {
    pub(super) text: &'static str,
    pub(super) design: &'static str,
    pub(super) runtime: &'static str,
    pub(super) workloads: &'static [&'static str],
    pub(super) figure: Figure,
    pub(super) rule: Rule,
    pub(super) digits: usize,
}

pub(super) const BOUNDS: [Bound; 10] = [
    Bound {
        text: "echo over io_uring, instructions: at most 0.8 of the best of tokio-uring, monoio and compio",
        figure: Figure::Ratio("instr", &URING, ""),
        rule: Rule::AtMost(0.8),
        ..URING_ECHO
    },
    Bound {
        text: "echo over io_uring, system calls: at most those of the best",
        figure: Figure::Ratio("syscalls", &URING, ""),
        rule: Rule::AtMost(1.0),
        ..URING_ECHO
    },
    Bound {
        text: "echo over io_uring: no allocation",
        figure: Figure::Value("allocs"),
        ..URING_ECHO
    },
    Bound {
        text: "echo over io_uring: no byte copied",
        figure: Figure::Value("copied_bytes"),
        ..URING_ECHO
    },
    Bound {
        text: "echo over io_uring, operations per second: at least 1.15 times the best (indicative)",
        figure: Figure::Speed(&URING),
        rule: Rule::AtLeast(1.15),
        ..URING_ECHO
    },
    Bound {
        text: "the same bar for `state-machine`, which has no runtime: for scale, nobody is judged by it (indicative)",
        design: "state-machine",
        runtime: "io-uring",
        figure: Figure::Speed(&URING),
        rule: Rule::AtLeast(1.15),
        ..URING_ECHO
    },
    Bound {
        text: "echo over epoll, instructions: at most 0.8 of tokio",
        design: "poll",
        runtime: "own-epoll",
        figure: Figure::Ratio("instr", &[TOKIO], ""),
        rule: Rule::AtMost(0.8),
        ..URING_ECHO
    },
    Bound {
        text: "`owned` on tokio, instructions: within 5 % of a plain tokio program",
        design: "owned",
        runtime: "tokio",
        workloads: &["spawn-join", ECHO],
        figure: Figure::Ratio("instr", &[TOKIO], "local"),
        rule: Rule::Within(0.05),
        ..URING_ECHO
    },
    Bound {
        text: "a task of `owned` on our executor: at most 700 instructions",
        figure: Figure::Value("instr"),
        rule: Rule::AtMost(700.0),
        digits: 1,
        ..OWNED_TASK
    },
    OWNED_TASK,
];

const URING_ECHO: Bound = Bound {
    text: "",
    design: "completion",
    runtime: "own-uring",
    workloads: &[ECHO],
    figure: Figure::Value("allocs"),
    rule: Rule::AtMost(0.0),
    digits: 3,
};

const OWNED_TASK: Bound = Bound {
    text: "a task of `owned` on our executor: at most 1 allocation",
    design: "owned",
    runtime: "own",
    workloads: &["spawn-join"],
    figure: Figure::Value("allocs"),
    rule: Rule::AtMost(1.0),
    digits: 3,
};
