//! A server of the Redis protocol that answers late, for `published-bugs`.
//!
//! The answer to a key that is [`slow`] is sent when the next request of its connection is there,
//! before the answer to that. So the call for it always meets its limit, however fast the machine
//! is, and its answer always comes first after that. Every other key is answered at once. The
//! value of a key is its name.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::string::String;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::vec::Vec;

/// Milliseconds that a call for a slow key waits.
pub const LIMIT_MS: u32 = 10;
/// Bytes of a request for a key of this module, as clients write it.
pub const REQUEST: usize = 23;
/// Bytes of its answer.
pub const ANSWER: usize = 10;

/// The key of `round` whose answer comes late.
#[must_use]
pub fn slow(round: u32) -> String {
    std::format!("s{round:03}")
}

/// The key of `round` that is answered at once.
#[must_use]
pub fn fast(round: u32) -> String {
    std::format!("f{round:03}")
}

/// The round of which a value is the fast key; below zero where it is a slow key or none.
#[must_use]
pub fn round_of(value: &str) -> i32 {
    value.strip_prefix('f').and_then(|round| round.parse().ok()).unwrap_or(-1)
}

/// The request for `key`, for clients that write it themselves.
#[must_use]
pub fn request(key: &str) -> String {
    std::format!("*2\r\n$3\r\nGET\r\n$4\r\n{key}\r\n")
}

/// [`round_of`] the value in an answer.
#[must_use]
pub fn round_of_answer(answer: &[u8]) -> i32 {
    let value = answer.get(4..8).and_then(|value| std::str::from_utf8(value).ok());
    value.map_or(-1, round_of)
}

/// The server; dropping it ends it, once its clients have closed their connections.
#[derive(Debug)]
pub struct LateRedis {
    port: u16,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl LateRedis {
    /// Listens on loopback and serves each connection on a thread of its own.
    ///
    /// # Errors
    /// When no socket can be had.
    pub fn start() -> io::Result<LateRedis> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let ends = Arc::new(AtomicBool::new(false));
        let ending = Arc::clone(&ends);
        let thread = std::thread::spawn(move || {
            std::thread::scope(|scope| {
                for stream in listener.incoming().flatten() {
                    if ending.load(Ordering::SeqCst) {
                        break;
                    }
                    // A client that goes in the middle of a request ends its connection.
                    scope.spawn(move || drop(serve(&stream)));
                }
            });
        });
        Ok(LateRedis { port, ends, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Drop for LateRedis {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::SeqCst);
        // Wakes the accept; without it there is nothing to wait for.
        if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok()
            && let Some(thread) = self.thread.take()
        {
            drop(thread.join());
        }
    }
}

/// Answers the requests of one connection until its client closes it.
fn serve(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    let mut late = Vec::new();
    while let Some(words) = read_request(&mut reader)? {
        // In one piece, so that what a client reads does not depend on when it looks.
        let mut answers = core::mem::take(&mut late);
        match &words[..] {
            [get, key] if get == "GET" => {
                let answer = std::format!("${}\r\n{key}\r\n", key.len());
                if key.starts_with('s') {
                    late.extend_from_slice(answer.as_bytes());
                } else {
                    answers.extend_from_slice(answer.as_bytes());
                }
            }
            _ => answers.extend_from_slice(b"+OK\r\n"),
        }
        writer.write_all(&answers)?;
    }
    Ok(())
}

/// The words of the next request; none at the end of the stream.
fn read_request(reader: &mut impl BufRead) -> io::Result<Option<Vec<String>>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let words: usize = line.trim_start_matches('*').trim_end().parse().unwrap_or(0);
    let mut request = Vec::new();
    for _ in 0..words {
        let mut word = String::new();
        reader.read_line(&mut word)?;
        word.clear();
        reader.read_line(&mut word)?;
        request.push(String::from(word.trim_end()));
    }
    Ok(Some(request))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn a_slow_key_is_answered_before_the_next_and_not_earlier() {
        let server = LateRedis::start().expect("a server");
        let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, server.port())).expect("it");
        let limit = core::time::Duration::from_millis(LIMIT_MS.into());
        let mut answer = [0; ANSWER];
        assert_eq!(request(&slow(7)).len(), REQUEST);
        client.write_all(request(&slow(7)).as_bytes()).expect("written");
        client.set_read_timeout(Some(limit)).expect("a limit");
        assert!(client.read(&mut answer).is_err(), "it was answered early");
        client.set_read_timeout(None).expect("no limit");
        client.write_all(request(&fast(7)).as_bytes()).expect("written");
        client.read_exact(&mut answer).expect("the first answer");
        assert_eq!(&answer, b"$4\r\ns007\r\n");
        assert_eq!(round_of_answer(&answer), -1);
        client.read_exact(&mut answer).expect("the second answer");
        assert_eq!(round_of_answer(&answer), 7);
    }
}
