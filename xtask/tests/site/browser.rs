//! A browser without a window, driven over its debugging protocol.
//!
//! The protocol runs over a pipe: the browser reads commands from descriptor 3 and writes
//! answers to descriptor 4, each a JSON text that ends in a zero byte. A shell puts its
//! standard input and output there.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];
/// A page that takes longer is a fault of the page: it reads nothing but files.
const PATIENCE: Duration = Duration::from_secs(60);
const RUNS: &str = "exec \"$@\" 3<&0 4>&1 0</dev/null 1>/dev/null 2>/dev/null";

/// One page of a browser.
pub(crate) struct Browser {
    child: Child,
    commands: ChildStdin,
    messages: Receiver<Value>,
    session: String,
    number: u64,
    /// What the console and the log said that is no information.
    pub(crate) complaints: Vec<String>,
    _profile: tempfile::TempDir,
}

impl Browser {
    /// Starts a browser with an empty profile.
    ///
    /// # Panics
    /// When there is none: the gate never passes without looking.
    pub(crate) fn start() -> Browser {
        let there = |name: &&str| {
            Command::new(name).arg("--version").output().is_ok_and(|it| it.status.success())
        };
        let name = NAMES
            .iter()
            .find(|name| there(name))
            .expect("no browser is installed: `cargo xtask doctor --install` installs chromium");
        let profile = tempfile::tempdir().expect("a folder for the profile");
        let mut child = Command::new("sh")
            .args(["-c", RUNS, "browser", name])
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"])
            .args(["--no-first-run", "--disable-extensions", "--disable-dev-shm-usage"])
            .args(["--disable-background-networking", "--hide-scrollbars"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let commands = child.stdin.take().expect("piped");
        let mut answers = BufReader::new(child.stdout.take().expect("piped"));
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            while answers.read_until(0, &mut bytes).is_ok_and(|read| read > 0) {
                bytes.pop();
                let message = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
                if sender.send(message).is_err() {
                    break;
                }
                bytes.clear();
            }
        });
        let mut browser = Browser {
            child,
            commands,
            messages,
            session: String::new(),
            number: 0,
            complaints: Vec::new(),
            _profile: profile,
        };
        let all = json!({ "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"] });
        browser.call("Browser.grantPermissions", all);
        browser.attach();
        browser
    }

    fn attach(&mut self) {
        let target = self.call("Target.createTarget", json!({ "url": "about:blank" }));
        let target = target["targetId"].as_str().expect("a target").to_owned();
        let session =
            self.call("Target.attachToTarget", json!({ "targetId": target, "flatten": true }));
        self.session = session["sessionId"].as_str().expect("a session").to_owned();
        for domain in ["Page", "Runtime", "Log"] {
            self.call(&format!("{domain}.enable"), json!({}));
        }
    }

    /// Sends a command and waits for its answer.
    pub(crate) fn call(&mut self, method: &str, params: Value) -> Value {
        self.number += 1;
        let id = self.number;
        let mut message = json!({ "id": id, "method": method, "params": params });
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        let mut text = message.to_string().into_bytes();
        text.push(0);
        self.commands.write_all(&text).expect("the browser reads");
        let answer = self.wait(method, |message| message["id"] == json!(id));
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// The first message that is looked for; complaints on the way are kept.
    #[expect(clippy::disallowed_methods, reason = "a browser that hangs must not hang the gate")]
    fn wait(&mut self, what: &str, is_it: impl Fn(&Value) -> bool) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.messages.recv_timeout(left) {
                Ok(message) => {
                    self.complaints.extend(complaint(&message));
                    if is_it(&message) {
                        return message;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("{what}: no answer in {PATIENCE:?}"),
                Err(RecvTimeoutError::Disconnected) => panic!("{what}: the browser has ended"),
            }
        }
    }

    /// Opens an address and waits until the page is there.
    pub(crate) fn open(&mut self, address: &str) {
        // The same page with another hash would only move within itself.
        self.call("Page.navigate", json!({ "url": "about:blank" }));
        self.wait("about:blank", |it| it["method"] == "Page.loadEventFired");
        self.call("Page.navigate", json!({ "url": address }));
        self.wait(address, |it| it["method"] == "Page.loadEventFired");
        self.filled();
    }

    /// Waits until the figures of the page are unpacked and its scripts have run.
    fn filled(&mut self) {
        self.eval("packs.ready.then(() => null)");
    }

    /// Loads the page again, as a reader does.
    pub(crate) fn reload(&mut self) {
        self.call("Page.reload", json!({}));
        self.wait("a reload", |it| it["method"] == "Page.loadEventFired");
        self.filled();
    }

    /// The value of an expression in the page; a promise is awaited.
    pub(crate) fn eval(&mut self, script: &str) -> Value {
        let params = json!({
            "expression": script, "returnByValue": true, "awaitPromise": true, "userGesture": true,
        });
        let answer = self.call("Runtime.evaluate", params);
        assert!(answer.get("exceptionDetails").is_none(), "{script}: {answer}");
        answer["result"]["value"].clone()
    }

    /// The same as text.
    pub(crate) fn text(&mut self, script: &str) -> String {
        self.eval(script).as_str().unwrap_or_else(|| panic!("{script}: no text")).to_owned()
    }

    /// Presses a key where the focus is.
    pub(crate) fn key(&mut self, key: &str) {
        for kind in ["keyDown", "keyUp"] {
            let text = if key == "Enter" { "\r" } else { "" };
            let code = match key {
                "Enter" => 13,
                "Tab" => 9,
                "ArrowRight" => 39,
                " " => 32,
                _ => 0,
            };
            let params = json!({
                "type": kind, "key": key, "code": key, "text": if key == " " { " " } else { text },
                "windowsVirtualKeyCode": code,
            });
            self.call("Input.dispatchKeyEvent", params);
        }
    }

    /// A window of this width, or a phone where it is narrow.
    pub(crate) fn width(&mut self, width: u32) {
        let params = json!({
            "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500,
        });
        self.call("Emulation.setDeviceMetricsOverride", params);
    }

    /// The system's preference, and what is drawn for.
    pub(crate) fn media(&mut self, scheme: &str, media: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", json!({ "media": media, "features": features }));
    }
}

/// An error of the console, an exception, or a file that is not there.
fn complaint(message: &Value) -> Option<String> {
    let params = &message["params"];
    match message["method"].as_str()? {
        "Runtime.exceptionThrown" => Some(params["exceptionDetails"].to_string()),
        "Runtime.consoleAPICalled" if params["type"] == "error" || params["type"] == "warning" => {
            Some(params["args"].to_string())
        }
        "Log.entryAdded" if params["entry"]["level"] == "error" => {
            Some(params["entry"].to_string())
        }
        _ => None,
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Its children end with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The address of a file, with what stands behind `#`.
pub(crate) fn address(file: &Path, hash: &str) -> String {
    let hash = if hash.is_empty() { String::new() } else { format!("#{hash}") };
    format!("file://{}{hash}", file.display())
}
