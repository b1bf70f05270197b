//! The block sampler: rivals timed in short blocks that alternate at random.
//!
//! A *round* is one block of every slot in a fresh random order; what slows the machine
//! for longer than a block slows all rivals of a round, so their ratio survives. A slot is
//! a rival, or the twin of the first rival: the same function pointer called by the same
//! code, whose ratio to the first shows what this machine can resolve (A/A).
//!
//! One operation is [`World::reset`] and one call of the case, because a case can only
//! run on a fresh world; the reset is the same for all rivals, so it pulls the ratio of
//! very short operations towards one and never away from it.
//!
//! Where every run of a block has a measured part, a block's time is the sum over those
//! parts ([`crate::region`]); the setting up around them is not in it, neither of wall nor of
//! CPU time, and does not count towards its length.
//!
//! Between the two readings of the clocks the harness does nothing but operations. The
//! result of a block's last operation is checked after them, and everything is stored
//! before the next block begins. Nothing is filtered here: unclean rounds are recorded
//! too, they only do not count towards the rounds wanted.

use std::hint::black_box;

use contract::{Params, World};
use record::Taken;

use crate::alive;
use crate::clock::Clock;
use crate::region;
use crate::registry::Run;
use crate::seed::SplitMix;

/// What is timed.
#[derive(Clone, Copy, Debug)]
pub struct Rival {
    /// The case's `run`.
    pub run: Run,
    /// The size.
    pub params: Params,
    /// The receipt that every operation must leave.
    pub receipt: u64,
}

/// How long and in which order.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Seed of the orders: round `r` uses the `r`-th shuffle of the identity.
    pub order_seed: u64,
    /// Clean rounds wanted.
    pub rounds: u32,
    /// Length of a block.
    pub block_us: u32,
    /// Stop after the round in which this much wall time has passed since the first began;
    /// calibrating is not a part of it, because it takes as long as several rounds where an
    /// operation is long.
    pub cap_ms: u32,
    /// Rounds below which the cap does not stop it: of fewer nothing can be said.
    pub least_rounds: u32,
    /// Stop after the round in which this much wall time has passed, however few were taken.
    pub ceiling_ms: u32,
}

impl Settings {
    /// Whether no other round begins after so many in so much time.
    fn ends(&self, rounds: u32, passed_ns: u64) -> bool {
        let passed = |ms: u32| passed_ns >= u64::from(ms) * 1_000_000;
        passed(self.cap_ms) && (rounds >= self.least_rounds || passed(self.ceiling_ms))
    }
}

/// All blocks of one slot; element `i` of every list belongs to one block.
#[derive(Clone, Debug)]
pub struct Slot {
    /// Index of the rival.
    pub rival: usize,
    /// 1 for the twin of the first rival, else 0.
    pub aa: u32,
    /// Operations per block.
    pub ops: u32,
    /// Round of each block.
    pub round: Vec<u32>,
    /// Wall time of each block in nanoseconds.
    pub wall_ns: Vec<u64>,
    /// CPU time of the thread in each block in nanoseconds.
    pub cpu_ns: Vec<u64>,
    /// CPU time of the softirq threads in each block in nanoseconds.
    pub softirq_ns: Vec<u64>,
    /// The first receipt that was not the expected one.
    pub wrong_receipt: Option<u64>,
}

/// An operation longer than this is a block of its own.
const LONG_OP_NS: u64 = 1_000_000;
/// One that is longer than this when it is already warm needs no other call to be known for it.
const VERY_LONG_OP_NS: u64 = 10 * LONG_OP_NS;

/// Samples until enough rounds are clean or the time is over, and at least one round; until
/// the ceiling at least [`Settings::least_rounds`].
/// `before_block` is told the rival of every block before its clocks are read.
pub fn sample<C: Clock>(
    world: &'static World,
    clock: &C,
    rivals: &[Rival],
    settings: Settings,
    before_block: impl FnMut(usize),
) -> Vec<Slot> {
    region::during(world, region::timed::<C>(), || {
        rounds(world, clock, rivals, settings, before_block)
    })
}

fn rounds(
    world: &'static World,
    clock: &impl Clock,
    rivals: &[Rival],
    settings: Settings,
    mut before_block: impl FnMut(usize),
) -> Vec<Slot> {
    let block_ns = u64::from(settings.block_us) * 1000;
    let mut slots: Vec<Slot> = Vec::with_capacity(rivals.len() + 1);
    for (index, rival) in rivals.iter().enumerate() {
        before_block(index);
        let begun = clock.wall_ns();
        let ops = calibrate(world, clock, rival, block_ns);
        let now = clock.wall_ns();
        alive::part(now, now - begun, || format!("{} of {} calibrated", index + 1, rivals.len()));
        slots.push(Slot::new(index, 0, ops, settings.rounds));
    }
    if let Some(first) = slots.first() {
        slots.push(Slot::new(0, 1, first.ops, settings.rounds));
    }

    let mut orders = SplitMix::new(settings.order_seed);
    let mut order: Vec<usize> = Vec::with_capacity(slots.len());
    let (mut round, mut clean) = (0, 0);
    let begun_ns = clock.wall_ns();
    while !slots.is_empty() {
        order.clear();
        order.extend(0..slots.len());
        orders.shuffle(&mut order);
        let mut all_clean = true;
        for &at in &order {
            let slot = &mut slots[at];
            before_block(slot.rival);
            let rival = &rivals[slot.rival];
            let taken = block(world, clock, rival, slot.ops);
            all_clean &= taken.is_clean();
            slot.keep(round, taken, world.ledger().receipt(), rival.receipt);
            let sign = || format!("round {} with {clean} clean before it", round + 1);
            alive::part(clock.wall_ns(), taken.wall_ns, sign);
        }
        clean += u32::from(all_clean);
        round += 1;
        if clean >= settings.rounds || settings.ends(round, clock.wall_ns() - begun_ns) {
            break;
        }
    }
    slots
}

/// One timed stretch: what `ops` operations took. The wall clock is read inside, because
/// reading a CPU clock is a system call and the wall clock is not; the thread's is read within
/// the others', so that asking for theirs is not counted as its work.
#[inline(never)]
fn block(world: &'static World, clock: &impl Clock, rival: &Rival, ops: u32) -> Taken {
    let run = black_box(rival.run);
    let params = black_box(rival.params);
    region::clear();
    let softirq = clock.softirq_ns();
    let cpu = clock.cpu_ns();
    let wall = clock.wall_ns();
    for _ in 0..ops {
        world.reset();
        run(world, &params);
    }
    let wall_ns = clock.wall_ns() - wall;
    let cpu_ns = clock.cpu_ns() - cpu;
    let softirq_ns = clock.softirq_ns() - softirq;
    region::times(ops).unwrap_or(Taken { wall_ns, cpu_ns, softirq_ns })
}

/// What so many operations took, as a block has it: their measured parts, where all have one.
pub fn timed<C: Clock>(world: &'static World, clock: &C, rival: &Rival, ops: u32) -> Taken {
    region::during(world, region::timed::<C>(), || block(world, clock, rival, ops))
}

/// How many operations fill a block. By CPU time, so that a neighbour on the core does
/// not make blocks short.
fn calibrate(world: &'static World, clock: &impl Clock, rival: &Rival, block_ns: u64) -> u32 {
    // Two calls warm what grows once.
    let _ = block(world, clock, rival, 1);
    if block(world, clock, rival, 1).processor_ns() > VERY_LONG_OP_NS {
        return 1;
    }
    let mut ops = 1;
    loop {
        let cpu_ns = block(world, clock, rival, ops).processor_ns();
        if ops == 1 && cpu_ns > LONG_OP_NS {
            return 1;
        }
        if cpu_ns >= block_ns / 2 || ops >= 1 << 24 {
            let fitting = block_ns * u64::from(ops) / cpu_ns.max(1);
            return u32::try_from(fitting).unwrap_or(u32::MAX).max(1);
        }
        ops *= 2;
    }
}

impl Slot {
    fn new(rival: usize, aa: u32, ops: u32, rounds: u32) -> Slot {
        // Room for as many unclean rounds as wanted ones, so that pushing seldom grows.
        let room = usize::try_from(rounds).unwrap_or(0).saturating_mul(2).min(1 << 16);
        Slot {
            rival,
            aa,
            ops,
            round: Vec::with_capacity(room),
            wall_ns: Vec::with_capacity(room),
            cpu_ns: Vec::with_capacity(room),
            softirq_ns: Vec::with_capacity(room),
            wrong_receipt: None,
        }
    }

    fn keep(&mut self, round: u32, taken: Taken, receipt: u64, expected: u64) {
        self.round.push(round);
        self.wall_ns.push(taken.wall_ns);
        self.cpu_ns.push(taken.cpu_ns);
        self.softirq_ns.push(taken.softirq_ns);
        if receipt != expected {
            self.wrong_receipt.get_or_insert(receipt);
        }
    }
}
