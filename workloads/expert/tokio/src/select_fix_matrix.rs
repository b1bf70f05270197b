//! The five spawn-free forms of the select loop whose handler awaits, with tokio's macros
//! and channels.
//!
//! - `cursor`: progress outside the arm that is created afresh;
//! - `stop-flag`: producer and packet loop joined, a `Notify` ends the packet loop;
//! - `outer-by-value`: two loops under one `select!` by value;
//! - `driven-handler`: the hoisted producer is driven beside the handler, never abandoned;
//! - `merge`: one loop over rows and packets does all the sending.
//!
//! `counted` is what they are compared with: the same messages through the same channel, by a
//! program that selects nothing, because it knows how many packets come.

use contract::{Case, Params, Role, World};
use peer_tokio::select_fix_matrix::{handle, packet_loop};
use peer_tokio::select_recreate_loss::{Database, around, read_send, send_row};
use peer_tokio::{Env, block_on};
use suite::select_fix_matrix::judge;
use suite::select_recreate_loss::PACKETS;
use tokio::sync::{Notify, mpsc};

use crate::select_recreate_loss::Cursor;

/// The cases of this workload.
pub const CASES: &[Case] = &[
    Case { id: "cursor", role: Role::Hazard, run: cursor, judge },
    Case { id: "stop-flag", role: Role::Hazard, run: stop_flag, judge },
    Case { id: "outer-by-value", role: Role::Hazard, run: outer_by_value, judge },
    Case { id: "driven-handler", role: Role::Hazard, run: driven_handler, judge },
    Case { id: "merge", role: Role::Hazard, run: merge, judge },
    Case { id: "counted", role: Role::Control, run: counted, judge },
];

type Columns = mpsc::Sender<u32>;
type Packets = mpsc::Receiver<u32>;

fn cursor(world: &'static World, params: &Params) {
    let form = async |env: Env, columns: &Columns, packets: &mut Packets| {
        let mut cursor = Cursor::new(params.n);
        loop {
            tokio::select! {
                biased;
                Some(packet) = packets.recv() => handle(env, columns, packet).await,
                () = cursor.run(env, columns) => break,
            }
        }
    };
    run(world, form);
}

fn stop_flag(world: &'static World, params: &Params) {
    let form = async |env: Env, columns: &Columns, packets: &mut Packets| {
        let mut database = Database::new(params.n);
        let ended = Notify::new();
        let produce = async {
            read_send(env, &mut database, columns).await;
            ended.notify_one();
        };
        let handle_packets = async {
            loop {
                tokio::select! {
                    biased;
                    Some(packet) = packets.recv() => handle(env, columns, packet).await,
                    () = ended.notified() => break,
                }
            }
        };
        tokio::join!(biased; produce, handle_packets);
    };
    run(world, form);
}

fn outer_by_value(world: &'static World, params: &Params) {
    let form = async |env: Env, columns: &Columns, packets: &mut Packets| {
        let mut database = Database::new(params.n);
        // The packet loop does not end by itself; the producer ends the race.
        tokio::select! {
            biased;
            () = read_send(env, &mut database, columns) => {}
            () = packet_loop(env, columns, packets) => {}
        }
    };
    run(world, form);
}

fn driven_handler(world: &'static World, params: &Params) {
    let form = async |env: Env, columns: &Columns, packets: &mut Packets| {
        let mut database = Database::new(params.n);
        let producer = read_send(env, &mut database, columns);
        tokio::pin!(producer);
        loop {
            let packet = tokio::select! {
                biased;
                Some(packet) = packets.recv() => packet,
                () = &mut producer => return,
            };
            let handler = handle(env, columns, packet);
            tokio::pin!(handler);
            tokio::select! {
                biased;
                () = &mut handler => {}
                () = &mut producer => {
                    handler.await;
                    return;
                }
            }
        }
    };
    run(world, form);
}

fn merge(world: &'static World, params: &Params) {
    let form = async |env: Env, columns: &Columns, packets: &mut Packets| {
        let mut database = Database::new(params.n);
        loop {
            tokio::select! {
                biased;
                row = database.read_next(env) => match row {
                    Some(row) => send_row(row, columns).await,
                    None => break,
                },
                Some(packet) = packets.recv() => handle(env, columns, packet).await,
            }
        }
    };
    run(world, form);
}

fn counted(world: &'static World, params: &Params) {
    let form = async |env: Env, columns: &Columns, packets: &mut Packets| {
        let mut database = Database::new(params.n);
        let handle_packets = async {
            for _ in 0..PACKETS {
                let Some(packet) = packets.recv().await else { break };
                handle(env, columns, packet).await;
            }
        };
        tokio::join!(biased; read_send(env, &mut database, columns), handle_packets);
    };
    run(world, form);
}

fn run(world: &'static World, form: impl AsyncFnOnce(Env, &Columns, &mut Packets)) {
    block_on(world, |env| {
        around(env, async move |columns, packets| form(env, columns, packets).await)
    });
}
