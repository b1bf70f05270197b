//! A socket that is full: it takes nothing until its peer reads, however long that is.

use std::mem::MaybeUninit;
use std::net::TcpStream;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::net::{SendFlags, send, sockopt};

use super::operation::BOUND_MS;

/// What fills a socket before a write.
pub(super) const FILL: u8 = 0x11;

/// Fills `socket`, whose peer reads nothing. No time that passed says that it is full: all that it
/// has sent is acknowledged, what its peer's window still lets out leaves it full, and it refuses.
#[expect(clippy::disallowed_methods, reason = "the bound of a wait outside of any runtime")]
pub(super) fn fill(socket: BorrowedFd<'_>, peer: &TcpStream) {
    let until = Instant::now() + Duration::from_millis(BOUND_MS.into());
    let holds = sockopt::socket_send_buffer_size(socket).expect("it is a socket");
    loop {
        // Otherwise the peer may wait for 40 milliseconds before it says what it has room for.
        sockopt::set_tcp_quickack(peer, true).expect("it is a connection");
        let known = info(socket);
        let unsent = usize::try_from(known.tcpi_notsent_bytes).expect("few");
        let window = usize::try_from(known.tcpi_snd_wnd).expect("few");
        let closed = known.tcpi_unacked == 0 && (window == 0 || unsent > holds + window);
        match send(socket, &[FILL; 64 * 1024], SendFlags::DONTWAIT) {
            Err(Errno::AGAIN) if closed => return,
            Err(Errno::AGAIN) => std::thread::yield_now(),
            sent => assert!(sent.expect("it is connected") > 0, "it takes what it has room for"),
        }
        assert!(Instant::now() < until, "there is always room, although the peer reads nothing");
    }
}

/// What the system knows of a connection.
fn info(socket: BorrowedFd<'_>) -> libc::tcp_info {
    let mut known = MaybeUninit::<libc::tcp_info>::zeroed();
    let mut size = libc::socklen_t::try_from(size_of::<libc::tcp_info>()).expect("small");
    // SAFETY: an older system writes less; the number of bytes is that of the place.
    let got = unsafe {
        let place = known.as_mut_ptr().cast();
        libc::getsockopt(socket.as_raw_fd(), libc::IPPROTO_TCP, libc::TCP_INFO, place, &mut size)
    };
    assert_eq!(got, 0, "{}", std::io::Error::last_os_error());
    // SAFETY: numbers, and zero where nothing was written.
    unsafe { known.assume_init() }
}
