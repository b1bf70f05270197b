//! Round trips of 64 bytes over loopback, for counting instructions: the difference of two
//! runs of `valgrind --tool=callgrind echo <face> <connections> <rounds>` by the difference of
//! their rounds. The face is `ready` (readiness on epoll), `own-epoll` or `own-uring` (completion).
#![allow(clippy::print_stdout, reason = "a program for the command line")]

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use kernel::driver::select::{self, Backend};
use kernel::leaf::borrowed::Borrowed;
use kernel::leaf::socket::{Socket, loopback};
use kernel::run::children::Children;
use kernel::run::executor::{OnWatchdog, run};

const BYTES: usize = 64;

/// A completion leaf as a future; this program polls it to its end.
struct Op<'b>(Borrowed<'b>);

impl Future for Op<'_> {
    type Output = i32;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<i32> {
        // SAFETY: the only field, never moved out.
        let leaf = unsafe { self.map_unchecked_mut(|this| &mut this.0) };
        // SAFETY: polled to the end.
        unsafe { leaf.poll(cx) }
    }
}

async fn recv(ready: bool, socket: &Socket, buffer: &mut [u8]) -> usize {
    match socket.source() {
        Some(source) if ready => source.recv(buffer).await.expect("the peer is there"),
        _ => usize::try_from(Op(Borrowed::recv(socket.fd(), buffer)).await).expect("bytes"),
    }
}

async fn send(ready: bool, socket: &Socket, buffer: &[u8]) {
    let sent = match socket.source() {
        Some(source) if ready => source.send(buffer).await.expect("the peer is there"),
        _ => usize::try_from(Op(Borrowed::send(socket.fd(), buffer)).await).expect("bytes"),
    };
    assert_eq!(sent, buffer.len());
}

async fn serve(ready: bool, socket: Socket) {
    let mut buffer = [0; BYTES];
    loop {
        match recv(ready, &socket, &mut buffer).await {
            0 => return,
            received => send(ready, &socket, &buffer[..received]).await,
        }
    }
}

async fn ask(ready: bool, socket: &Socket, rounds: u32) {
    let mut buffer = [7; BYTES];
    for _ in 0..rounds {
        send(ready, socket, &buffer).await;
        let mut filled = 0;
        while filled < BYTES {
            filled += recv(ready, socket, &mut buffer[filled..]).await;
        }
    }
}

async fn pair(listener: &Socket, port: u16) -> (Socket, Socket) {
    let client = Socket::stream().expect("a socket");
    assert_eq!(Op(Borrowed::connect(client.fd(), loopback(port))).await, 0);
    let accepted = Op(Borrowed::accept(listener.fd())).await;
    // SAFETY: accepted just now, and given to nothing else.
    (client, unsafe { Socket::accepted(accepted) }.expect("the driver takes it"))
}

/// Polls woken children until at most this many are left.
async fn until<const N: usize>(children: Pin<&Children<N>>, left: usize) {
    std::future::poll_fn(|cx| {
        children.drive(cx);
        if children.live() <= left { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

fn main() {
    let mut words = std::env::args().skip(1);
    let face = words.next().expect("a face");
    let number = |word: Option<String>| word.expect("a number").parse::<u32>().expect("a number");
    let (connections, rounds) = (number(words.next()), number(words.next()));
    let ready = face == "ready";
    let backend = if ready { Backend::Epoll } else { face.parse().expect("a face") };
    let driver = select::open(backend, None).expect("the driver can be had here");
    let children = pin!(Children::<4096>::new());
    let children = children.as_ref();
    let mut root = pin!(async {
        let (listener, port) = Socket::listen().expect("loopback listens");
        let mut clients = Vec::new();
        for _ in 0..connections {
            let (client, server) = pair(&listener, port).await;
            // SAFETY: `clear` is called below.
            let _server = unsafe { children.spawn(serve(ready, server)) };
            clients.push(client);
        }
        for client in &clients {
            // SAFETY: as above; the clients outlive the children that borrow them.
            let _client = unsafe { children.spawn(ask(ready, client, rounds)) };
        }
        until(children, clients.len()).await;
        drop(clients);
        until(children, 0).await;
    });
    run(&*driver, OnWatchdog::Drop, |cx| root.as_mut().poll(cx)).expect("it ends");
    children.clear();
    println!("{face}: {connections} connections, {rounds} round trips each");
}
