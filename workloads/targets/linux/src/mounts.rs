//! What this runner links. Generated from the packages in `workloads/{mounts,idiomatic,
//! expert,peers}` and the baselines beside it by `cargo xtask tidy --fix`, together with
//! the dependencies and features between the marks of `Cargo.toml`.

use runner_linux::registry::Mounted;

/// The mounts of this build, in the order of design, mode, variant.
pub(crate) const MOUNTS: &[Mounted] = &[
    #[cfg(feature = "peer-compio")]
    Mounted {
        design: "compio",
        mode: None,
        variant: "portable",
        runtimes: &["compio"],
        workloads: peer_compio::WORKLOADS,
    },
    #[cfg(feature = "suite-completion")]
    Mounted {
        design: "completion",
        mode: Some("c1"),
        variant: "portable",
        runtimes: &["own", "own-epoll", "own-uring"],
        workloads: suite_completion::WORKLOADS,
    },
    #[cfg(feature = "suite-completion-async-std")]
    Mounted {
        design: "completion",
        mode: Some("c1"),
        variant: "portable",
        runtimes: &["async-std"],
        workloads: suite_completion_async_std::WORKLOADS,
    },
    #[cfg(feature = "suite-completion-smol")]
    Mounted {
        design: "completion",
        mode: Some("c1"),
        variant: "portable",
        runtimes: &["smol"],
        workloads: suite_completion_smol::WORKLOADS,
    },
    #[cfg(feature = "suite-completion-tokio")]
    Mounted {
        design: "completion",
        mode: Some("c1"),
        variant: "portable",
        runtimes: &["tokio"],
        workloads: suite_completion_tokio::WORKLOADS,
    },
    #[cfg(feature = "idiomatic-completion")]
    Mounted {
        design: "completion",
        mode: Some("c1"),
        variant: "idiomatic",
        runtimes: &["own", "own-uring"],
        workloads: idiomatic_completion::WORKLOADS,
    },
    #[cfg(feature = "peer-futures")]
    Mounted {
        design: "futures",
        mode: None,
        variant: "portable",
        runtimes: &["own"],
        workloads: peer_futures::WORKLOADS,
    },
    #[cfg(feature = "peer-monoio")]
    Mounted {
        design: "monoio",
        mode: None,
        variant: "portable",
        runtimes: &["monoio"],
        workloads: peer_monoio::WORKLOADS,
    },
    #[cfg(feature = "suite-owned-cancel")]
    Mounted {
        design: "owned",
        mode: Some("cancel"),
        variant: "portable",
        runtimes: &["own", "own-epoll", "own-uring"],
        workloads: suite_owned_cancel::WORKLOADS,
    },
    #[cfg(feature = "suite-owned-smol")]
    Mounted {
        design: "owned",
        mode: Some("cancel"),
        variant: "portable",
        runtimes: &["smol"],
        workloads: suite_owned_smol::WORKLOADS,
    },
    #[cfg(feature = "idiomatic-owned-cancel")]
    Mounted {
        design: "owned",
        mode: Some("cancel"),
        variant: "idiomatic",
        runtimes: &["own"],
        workloads: idiomatic_owned_cancel::WORKLOADS,
    },
    #[cfg(feature = "suite-owned")]
    Mounted {
        design: "owned",
        mode: Some("detach"),
        variant: "portable",
        runtimes: &["own", "own-epoll", "own-uring"],
        workloads: suite_owned::WORKLOADS,
    },
    #[cfg(feature = "suite-owned-async-std")]
    Mounted {
        design: "owned",
        mode: Some("detach"),
        variant: "portable",
        runtimes: &["async-std"],
        workloads: suite_owned_async_std::WORKLOADS,
    },
    #[cfg(feature = "suite-owned-tokio")]
    Mounted {
        design: "owned",
        mode: Some("detach"),
        variant: "portable",
        runtimes: &["tokio"],
        workloads: suite_owned_tokio::WORKLOADS,
    },
    #[cfg(feature = "idiomatic-owned")]
    Mounted {
        design: "owned",
        mode: Some("detach"),
        variant: "idiomatic",
        runtimes: &["own"],
        workloads: idiomatic_owned::WORKLOADS,
    },
    #[cfg(feature = "idiomatic-owned-parallel")]
    Mounted {
        design: "owned",
        mode: Some("parallel"),
        variant: "idiomatic",
        runtimes: &["tokio"],
        workloads: idiomatic_owned_parallel::WORKLOADS,
    },
    #[cfg(feature = "suite-owned-production")]
    Mounted {
        design: "owned",
        mode: Some("production"),
        variant: "portable",
        runtimes: &["own", "own-epoll", "own-uring"],
        workloads: suite_owned_production::WORKLOADS,
    },
    #[cfg(feature = "suite-owned-token")]
    Mounted {
        design: "owned",
        mode: Some("token"),
        variant: "portable",
        runtimes: &["own", "own-epoll", "own-uring"],
        workloads: suite_owned_token::WORKLOADS,
    },
    #[cfg(feature = "idiomatic-owned-token")]
    Mounted {
        design: "owned",
        mode: Some("token"),
        variant: "idiomatic",
        runtimes: &["own"],
        workloads: idiomatic_owned_token::WORKLOADS,
    },
    #[cfg(feature = "suite-poll")]
    Mounted {
        design: "poll",
        mode: None,
        variant: "portable",
        runtimes: &["own", "own-epoll", "own-uring"],
        workloads: suite_poll::WORKLOADS,
    },
    #[cfg(feature = "suite-poll-async-std")]
    Mounted {
        design: "poll",
        mode: None,
        variant: "portable",
        runtimes: &["async-std"],
        workloads: suite_poll_async_std::WORKLOADS,
    },
    #[cfg(feature = "suite-poll-smol")]
    Mounted {
        design: "poll",
        mode: None,
        variant: "portable",
        runtimes: &["smol"],
        workloads: suite_poll_smol::WORKLOADS,
    },
    #[cfg(feature = "suite-poll-tokio")]
    Mounted {
        design: "poll",
        mode: None,
        variant: "portable",
        runtimes: &["tokio"],
        workloads: suite_poll_tokio::WORKLOADS,
    },
    #[cfg(feature = "suite-poll-tokio-unconstrained")]
    Mounted {
        design: "poll",
        mode: None,
        variant: "portable",
        runtimes: &["tokio-unconstrained"],
        workloads: suite_poll_tokio_unconstrained::WORKLOADS,
    },
    #[cfg(feature = "expert-poll")]
    Mounted {
        design: "poll",
        mode: None,
        variant: "expert",
        runtimes: &["own", "own-epoll"],
        workloads: expert_poll::WORKLOADS,
    },
    #[cfg(feature = "suite-poll-cancel")]
    Mounted {
        design: "poll-cancel",
        mode: None,
        variant: "portable",
        runtimes: &["own", "own-epoll", "own-uring"],
        workloads: suite_poll_cancel::WORKLOADS,
    },
    #[cfg(feature = "suite-poll-progress")]
    Mounted {
        design: "poll-progress",
        mode: None,
        variant: "portable",
        runtimes: &["own", "own-epoll", "own-uring"],
        workloads: suite_poll_progress::WORKLOADS,
    },
    #[cfg(feature = "suite-poll-provided")]
    Mounted {
        design: "poll-provided",
        mode: None,
        variant: "portable",
        runtimes: &["own", "own-epoll", "own-uring"],
        workloads: suite_poll_provided::WORKLOADS,
    },
    #[cfg(feature = "peer-published")]
    Mounted {
        design: "published",
        mode: None,
        variant: "portable",
        runtimes: &["tokio"],
        workloads: peer_published::WORKLOADS,
    },
    #[cfg(feature = "suite-rent-keep")]
    Mounted {
        design: "rent",
        mode: Some("keep"),
        variant: "portable",
        runtimes: &["own", "own-epoll", "own-uring"],
        workloads: suite_rent_keep::WORKLOADS,
    },
    #[cfg(feature = "suite-rent")]
    Mounted {
        design: "rent",
        mode: Some("owned"),
        variant: "portable",
        runtimes: &["own", "own-epoll", "own-uring"],
        workloads: suite_rent::WORKLOADS,
    },
    #[cfg(feature = "suite-rent-async-std")]
    Mounted {
        design: "rent",
        mode: Some("owned"),
        variant: "portable",
        runtimes: &["async-std"],
        workloads: suite_rent_async_std::WORKLOADS,
    },
    #[cfg(feature = "suite-rent-smol")]
    Mounted {
        design: "rent",
        mode: Some("owned"),
        variant: "portable",
        runtimes: &["smol"],
        workloads: suite_rent_smol::WORKLOADS,
    },
    #[cfg(feature = "suite-rent-tokio")]
    Mounted {
        design: "rent",
        mode: Some("owned"),
        variant: "portable",
        runtimes: &["tokio"],
        workloads: suite_rent_tokio::WORKLOADS,
    },
    #[cfg(feature = "suite-scoped")]
    Mounted {
        design: "scoped",
        mode: Some("local"),
        variant: "portable",
        runtimes: &["own", "own-epoll", "own-uring"],
        workloads: suite_scoped::WORKLOADS,
    },
    #[cfg(feature = "suite-scoped-async-std")]
    Mounted {
        design: "scoped",
        mode: Some("local"),
        variant: "portable",
        runtimes: &["async-std"],
        workloads: suite_scoped_async_std::WORKLOADS,
    },
    #[cfg(feature = "suite-scoped-smol")]
    Mounted {
        design: "scoped",
        mode: Some("local"),
        variant: "portable",
        runtimes: &["smol"],
        workloads: suite_scoped_smol::WORKLOADS,
    },
    #[cfg(feature = "suite-scoped-tokio")]
    Mounted {
        design: "scoped",
        mode: Some("local"),
        variant: "portable",
        runtimes: &["tokio"],
        workloads: suite_scoped_tokio::WORKLOADS,
    },
    #[cfg(feature = "idiomatic-scoped")]
    Mounted {
        design: "scoped",
        mode: Some("local"),
        variant: "idiomatic",
        runtimes: &["own"],
        workloads: idiomatic_scoped::WORKLOADS,
    },
    #[cfg(feature = "peer-smol")]
    Mounted {
        design: "smol",
        mode: None,
        variant: "portable",
        runtimes: &["smol"],
        workloads: peer_smol::WORKLOADS,
    },
    #[cfg(feature = "baseline-state-machine")]
    Mounted {
        design: "state-machine",
        mode: None,
        variant: "portable",
        runtimes: &["io-uring"],
        workloads: baseline_state_machine::WORKLOADS,
    },
    #[cfg(feature = "suite-structured")]
    Mounted {
        design: "structured",
        mode: Some("local"),
        variant: "portable",
        runtimes: &["own", "own-epoll", "own-uring"],
        workloads: suite_structured::WORKLOADS,
    },
    #[cfg(feature = "idiomatic-structured")]
    Mounted {
        design: "structured",
        mode: Some("local"),
        variant: "idiomatic",
        runtimes: &["own"],
        workloads: idiomatic_structured::WORKLOADS,
    },
    #[cfg(feature = "peer-tokio")]
    Mounted {
        design: "tokio",
        mode: None,
        variant: "portable",
        runtimes: &["tokio"],
        workloads: peer_tokio::WORKLOADS,
    },
    #[cfg(feature = "expert-tokio")]
    Mounted {
        design: "tokio",
        mode: None,
        variant: "expert",
        runtimes: &["tokio"],
        workloads: expert_tokio::WORKLOADS,
    },
    #[cfg(feature = "peer-tokio-uring")]
    Mounted {
        design: "tokio-uring",
        mode: None,
        variant: "portable",
        runtimes: &["tokio-uring"],
        workloads: peer_tokio_uring::WORKLOADS,
    },
];
