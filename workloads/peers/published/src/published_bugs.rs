//! Each released crate with its defect, and what its maintainers merged or recommend instead.

use contract::Case;
use contract::Role::{Control, Hazard};
use oracles::published_bugs::judge;

use crate::{
    futures_window_of_none as futures, kanal_lost_rendezvous as kanal, redis_late_answer as redis,
    singleflight_dropped_leader as singleflight, tokio_aborted_lock as tokio,
};

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "redis-late-answer", role: Hazard, run: redis::as_published, judge },
    Case { id: "redis-late-answer-fixed", role: Control, run: redis::fixed, judge },
    Case { id: "redis-late-answer-blocking", role: Hazard, run: redis::blocking, judge },
    Case { id: "kanal-lost-rendezvous", role: Hazard, run: kanal::as_published, judge },
    Case { id: "kanal-lost-rendezvous-fixed", role: Control, run: kanal::fixed, judge },
    Case { id: "tokio-aborted-lock", role: Hazard, run: tokio::as_published, judge },
    Case { id: "tokio-aborted-lock-fixed", role: Control, run: tokio::fixed, judge },
    Case {
        id: "singleflight-dropped-leader",
        role: Hazard,
        run: singleflight::as_published,
        judge,
    },
    Case {
        id: "singleflight-dropped-leader-fixed",
        role: Control,
        run: singleflight::fixed,
        judge,
    },
    Case { id: "futures-window-of-none", role: Hazard, run: futures::as_published, judge },
    Case { id: "futures-window-of-none-fixed", role: Control, run: futures::fixed, judge },
];
