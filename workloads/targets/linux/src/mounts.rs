//! What this runner links. Generated from the packages in `workloads/{mounts,idiomatic,
//! expert,peers}` by `cargo xtask tidy --fix`, together with the block of dependencies
//! between the `mounts` marks of `Cargo.toml`.

use runner_linux::registry::Mounted;

/// All mounts, in the order of design, mode, variant.
pub(crate) const MOUNTS: &[Mounted] = &[
    Mounted {
        design: "compio",
        mode: None,
        variant: "portable",
        runtimes: &["compio"],
        workloads: peer_compio::WORKLOADS,
    },
    Mounted {
        design: "completion",
        mode: Some("c1"),
        variant: "portable",
        runtimes: &["own", "own-epoll", "own-uring"],
        workloads: suite_completion::WORKLOADS,
    },
    Mounted {
        design: "completion",
        mode: Some("c1"),
        variant: "idiomatic",
        runtimes: &["own-uring"],
        workloads: idiomatic_completion::WORKLOADS,
    },
    Mounted {
        design: "futures",
        mode: None,
        variant: "portable",
        runtimes: &["own"],
        workloads: peer_futures::WORKLOADS,
    },
    Mounted {
        design: "monoio",
        mode: None,
        variant: "portable",
        runtimes: &["monoio"],
        workloads: peer_monoio::WORKLOADS,
    },
    Mounted {
        design: "owned",
        mode: Some("cancel"),
        variant: "portable",
        runtimes: &["own", "own-epoll", "own-uring"],
        workloads: suite_owned_cancel::WORKLOADS,
    },
    Mounted {
        design: "owned",
        mode: Some("detach"),
        variant: "portable",
        runtimes: &["own", "own-epoll", "own-uring"],
        workloads: suite_owned::WORKLOADS,
    },
    Mounted {
        design: "owned",
        mode: Some("detach"),
        variant: "idiomatic",
        runtimes: &["own"],
        workloads: idiomatic_owned::WORKLOADS,
    },
    Mounted {
        design: "owned",
        mode: Some("parity"),
        variant: "portable",
        runtimes: &["own", "own-epoll", "own-uring"],
        workloads: suite_owned_parity::WORKLOADS,
    },
    Mounted {
        design: "poll",
        mode: None,
        variant: "portable",
        runtimes: &["own", "own-epoll", "own-uring"],
        workloads: suite_poll::WORKLOADS,
    },
    Mounted {
        design: "poll",
        mode: None,
        variant: "expert",
        runtimes: &["own", "own-epoll"],
        workloads: expert_poll::WORKLOADS,
    },
    Mounted {
        design: "scoped",
        mode: Some("local"),
        variant: "portable",
        runtimes: &["own", "own-epoll", "own-uring"],
        workloads: suite_scoped::WORKLOADS,
    },
    Mounted {
        design: "scoped",
        mode: Some("local"),
        variant: "idiomatic",
        runtimes: &["own"],
        workloads: idiomatic_scoped::WORKLOADS,
    },
    Mounted {
        design: "smol",
        mode: None,
        variant: "portable",
        runtimes: &["smol"],
        workloads: peer_smol::WORKLOADS,
    },
    Mounted {
        design: "tokio",
        mode: None,
        variant: "portable",
        runtimes: &["tokio"],
        workloads: peer_tokio::WORKLOADS,
    },
    Mounted {
        design: "tokio",
        mode: None,
        variant: "expert",
        runtimes: &["tokio"],
        workloads: expert_tokio::WORKLOADS,
    },
    Mounted {
        design: "tokio-uring",
        mode: None,
        variant: "portable",
        runtimes: &["tokio-uring"],
        workloads: peer_tokio_uring::WORKLOADS,
    },
];
