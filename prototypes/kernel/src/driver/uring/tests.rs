//! What needs a look at the ring: addresses and entries that the kernel has not taken.

use core::net::SocketAddrV4;
use core::ptr::NonNull;
use std::boxed::Box;
use std::os::fd::AsRawFd;

use super::{Uring, probe};
use crate::driver::ops::{Accept, Connect};
use crate::driver::{Driver, OpHeader};

fn uring() -> Option<Uring> {
    probe().is_ok().then(|| Uring::new(None).expect("probed just now"))
}

/// One that is answered at once: there is no such descriptor.
fn nowhere(addr: SocketAddrV4) -> OpHeader {
    OpHeader::new(Connect { fd: -1, addr })
}

#[test]
fn an_address_stays_until_the_kernel_has_taken_its_entry() {
    let Some(uring) = uring() else { return };
    let addr = |port| SocketAddrV4::new(core::net::Ipv4Addr::LOCALHOST, port);
    let ops: Box<[_]> = (0..18).map(|port| nowhere(addr(port))).collect();
    let submit = |op: &OpHeader| {
        // SAFETY: all end before they go.
        unsafe { uring.submit(NonNull::from(op)) };
    };
    submit(&ops[0]);
    uring.ring.refusals.set(1);
    uring.poll();
    assert_eq!(uring.ring.queued(), 1, "the kernel took nothing");
    submit(&ops[1]);
    let ports = [0, 1].map(|place| uring.addrs[place].0.get().port);
    assert_eq!(ports, [[0, 0], [0, 1]], "both entries point to theirs");
    ops[2..16].iter().for_each(submit);
    assert_eq!(uring.ring.queued(), 16);
    // No place is left, and the kernel has to be asked three times.
    uring.ring.refusals.set(2);
    submit(&ops[16]);
    assert_eq!((uring.ring.refusals.get(), uring.ring.queued()), (0, 1));
    submit(&ops[17]);
    uring.poll();
    assert!(ops.iter().all(|op| op.result() == Some(-9)), "{ops:?}");
}

#[test]
fn what_is_handed_over_was_taken() {
    let Some(uring) = uring() else { return };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a socket");
    let fd = listener.as_raw_fd();
    let op = OpHeader::new(Accept { fd });
    // SAFETY: ends below, before it is dropped.
    unsafe { uring.submit(NonNull::from(&op)) };
    uring.ring.refusals.set(2);
    uring.hand_over(&op);
    assert_eq!((uring.ring.refusals.get(), uring.ring.queued()), (0, 0));
    uring.ring.refusals.set(2);
    uring.cancel(&op);
    assert_eq!((uring.ring.refusals.get(), uring.ring.queued()), (0, 0));
    uring.poll();
    assert_eq!(op.result(), Some(contract::CANCELLED));
}
