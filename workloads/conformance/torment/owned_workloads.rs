//! The workloads on virtual time that a design can express whose children own what they use.
//! `outside::is_whole` fails when one is missing.

#[path = "../../suite/async_cleanup_on_drop.rs"]
pub(crate) mod async_cleanup_on_drop;
#[path = "../../suite/await_depth_cost.rs"]
pub(crate) mod await_depth_cost;
#[path = "../../suite/buffered_body_stall.rs"]
pub(crate) mod buffered_body_stall;
#[path = "../../suite/buffered_permit_deadlock.rs"]
pub(crate) mod buffered_permit_deadlock;
#[path = "../../suite/completion_op_leak.rs"]
pub(crate) mod completion_op_leak;
#[path = "../../suite/cooperative_starvation.rs"]
pub(crate) mod cooperative_starvation;
#[path = "../../suite/embedded_footprint.rs"]
pub(crate) mod embedded_footprint;
#[path = "../../suite/future_size_growth.rs"]
pub(crate) mod future_size_growth;
#[path = "../../suite/guard_across_await.rs"]
pub(crate) mod guard_across_await;
#[path = "../../suite/guarded_state_cancel.rs"]
pub(crate) mod guarded_state_cancel;
#[path = "../../suite/inflight_buffer_cancel.rs"]
pub(crate) mod inflight_buffer_cancel;
#[path = "../../suite/io_cancel_desync.rs"]
pub(crate) mod io_cancel_desync;
#[path = "../../suite/join_width_scaling.rs"]
pub(crate) mod join_width_scaling;
#[path = "../../suite/orphan_work_after_cancel.rs"]
pub(crate) mod orphan_work_after_cancel;
#[path = "../../suite/ping_pong.rs"]
pub(crate) mod ping_pong;
#[path = "../../suite/queue_place_loss.rs"]
pub(crate) mod queue_place_loss;
#[path = "../../suite/scope_laws.rs"]
pub(crate) mod scope_laws;
#[path = "../../suite/select_width_cost.rs"]
pub(crate) mod select_width_cost;
#[path = "../../suite/send_cancel_loss.rs"]
pub(crate) mod send_cancel_loss;
#[path = "../../suite/sibling_cancel_partial.rs"]
pub(crate) mod sibling_cancel_partial;
#[path = "../../suite/spawn_join.rs"]
pub(crate) mod spawn_join;
#[path = "../../suite/timeout_skips_tail.rs"]
pub(crate) mod timeout_skips_tail;
#[path = "../../suite/timer_reset_starvation.rs"]
pub(crate) mod timer_reset_starvation;
#[path = "../../suite/timers.rs"]
pub(crate) mod timers;
#[path = "../../suite/undriven_future_deadlock.rs"]
pub(crate) mod undriven_future_deadlock;
#[path = "../../suite/unflushed_drop.rs"]
pub(crate) mod unflushed_drop;

use contract::Workload;

pub(crate) const WORKLOADS: [Workload; 26] = [
    Workload { id: "async-cleanup-on-drop", cases: async_cleanup_on_drop::CASES },
    Workload { id: "await-depth-cost", cases: await_depth_cost::CASES },
    Workload { id: "buffered-body-stall", cases: buffered_body_stall::CASES },
    Workload { id: "buffered-permit-deadlock", cases: buffered_permit_deadlock::CASES },
    Workload { id: "completion-op-leak", cases: completion_op_leak::CASES },
    Workload { id: "cooperative-starvation", cases: cooperative_starvation::CASES },
    Workload { id: "embedded-footprint", cases: embedded_footprint::CASES },
    Workload { id: "future-size-growth", cases: future_size_growth::CASES },
    Workload { id: "guard-across-await", cases: guard_across_await::CASES },
    Workload { id: "guarded-state-cancel", cases: guarded_state_cancel::CASES },
    Workload { id: "inflight-buffer-cancel", cases: inflight_buffer_cancel::CASES },
    Workload { id: "io-cancel-desync", cases: io_cancel_desync::CASES },
    Workload { id: "join-width-scaling", cases: join_width_scaling::CASES },
    Workload { id: "orphan-work-after-cancel", cases: orphan_work_after_cancel::CASES },
    Workload { id: "ping-pong", cases: ping_pong::CASES },
    Workload { id: "queue-place-loss", cases: queue_place_loss::CASES },
    Workload { id: "scope-laws", cases: scope_laws::CASES },
    Workload { id: "select-width-cost", cases: select_width_cost::CASES },
    Workload { id: "send-cancel-loss", cases: send_cancel_loss::CASES },
    Workload { id: "sibling-cancel-partial", cases: sibling_cancel_partial::CASES },
    Workload { id: "spawn-join", cases: spawn_join::CASES },
    Workload { id: "timeout-skips-tail", cases: timeout_skips_tail::CASES },
    Workload { id: "timer-reset-starvation", cases: timer_reset_starvation::CASES },
    Workload { id: "timers", cases: timers::CASES },
    Workload { id: "undriven-future-deadlock", cases: undriven_future_deadlock::CASES },
    Workload { id: "unflushed-drop", cases: unflushed_drop::CASES },
];
