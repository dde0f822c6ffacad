//! Headless Chromium, driven by its own protocol over a pair of pipes: no server, no other program.

use crate::gan::skips;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::env;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Instant;
use tempfile::TempDir;

/// Names that the program goes by.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
/// Set where a missing browser is a failure and not a reason to skip, as in CI.
const REQUIRED: &str = "GAN_REQUIRE_BROWSER";

/// A browser with one page; it ends with this value.
pub struct Browser {
    child: Child,
    orders: File,
    answers: Receiver<Value>,
    number: u64,
    session: Option<String>,
    events: Vec<Value>,
    _folder: TempDir,
}

impl Browser {
    /// Starts it; nothing, and a word about it, where there is none to start.
    pub fn start() -> Option<Self> {
        let here = |name: &&str| {
            let found = Command::new("sh").args(["-c", &format!("command -v {name}")]).output();
            found.is_ok_and(|o| o.status.success())
        };
        let Some(name) = NAMES.into_iter().find(here) else {
            assert!(
                env::var_os(REQUIRED).is_none(),
                "{REQUIRED} is set, but there is no browser: apt-get install chromium"
            );
            skips("no Chromium here (apt-get install chromium); reports are not looked at");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let made = Command::new("mkfifo").args([path("orders"), path("answers")]).status().unwrap();
        assert!(made.success());
        // It reads orders from descriptor 3 and answers on 4; the shell gives it both.
        let script = format!(
            "exec {name} --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage \
             --no-first-run --remote-debugging-pipe --user-data-dir=\"$3\" 3<\"$1\" 4>\"$2\""
        );
        let child = Command::new("sh")
            .args(["-c", &script, "sh"])
            .args([path("orders"), path("answers"), path("profile")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let orders = File::options().write(true).open(path("orders")).unwrap();
        let answers = BufReader::new(File::open(path("answers")).unwrap());
        let (send, receive) = channel();
        thread::spawn(move || {
            for message in answers.split(0) {
                let Ok(message) = message else { return };
                if send.send(serde_json::from_slice(&message).unwrap()).is_err() {
                    return;
                }
            }
        });
        let mut browser = Self {
            child,
            orders,
            answers: receive,
            number: 0,
            session: None,
            events: Vec::new(),
            _folder: folder,
        };
        let target = browser.order("Target.createTarget", json!({ "url": "about:blank" }));
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = browser.order("Target.attachToTarget", attach);
        browser.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.order(&format!("{domain}.enable"), json!({}));
        }
        Some(browser)
    }

    /// Gives an order and waits for its result.
    fn order(&mut self, method: &str, parameters: Value) -> Value {
        self.number += 1;
        let mut message = json!({ "id": self.number, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        self.orders.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let answer = self.next(method);
            if answer["id"] == self.number {
                assert!(answer["error"].is_null(), "{method}: {answer}");
                return answer["result"].clone();
            }
            self.events.push(answer);
        }
    }

    /// The next message; the pipe ends with the browser.
    fn next(&mut self, awaited: &str) -> Value {
        self.answers.recv().unwrap_or_else(|_| panic!("the browser ended before {awaited}"))
    }

    /// Opens a file and waits until it is loaded; gives the seconds that took.
    pub fn open(&mut self, path: &Path) -> f64 {
        self.events.clear();
        let url = format!("file://{}", fs::canonicalize(path).unwrap().display());
        let begin = Instant::now();
        self.order("Page.navigate", json!({ "url": url }));
        while !self.events.iter().any(|e| e["method"] == "Page.loadEventFired") {
            let event = self.next("the page to load");
            self.events.push(event);
        }
        begin.elapsed().as_secs_f64()
    }

    /// What an expression comes to in the page.
    pub fn value(&mut self, expression: &str) -> Value {
        let what = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let result = self.order("Runtime.evaluate", what);
        assert!(result["exceptionDetails"].is_null(), "{expression}: {result}");
        result["result"]["value"].clone()
    }

    /// Presses a key, such as `ArrowLeft`, where the focus is.
    pub fn press(&mut self, key: &str) {
        let code = match key {
            "ArrowLeft" => 37,
            "ArrowRight" => 39,
            "Home" => 36,
            "End" => 35,
            _ => panic!("{key}: which code?"),
        };
        for kind in ["rawKeyDown", "keyUp"] {
            let event = json!({
                "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code,
            });
            self.order("Input.dispatchKeyEvent", event);
        }
    }

    /// Makes the page so wide and high, in CSS pixels, and dark or light.
    pub fn look(&mut self, width: u32, height: u32, scheme: &str) {
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.order("Emulation.setDeviceMetricsOverride", size);
        let feature = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.order("Emulation.setEmulatedMedia", json!({ "features": feature }));
        // One frame later the page has drawn itself anew.
        self.value(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))",
        );
    }

    /// Writes a picture of the whole page.
    pub fn picture(&mut self, path: &Path) {
        let shot = json!({ "format": "png", "captureBeyondViewport": true });
        let shot = self.order("Page.captureScreenshot", shot);
        fs::write(path, STANDARD.decode(shot["data"].as_str().unwrap()).unwrap()).unwrap();
    }

    /// Everything that the page should not have done since it was opened: words on the console,
    /// errors, warnings, requests other than the one for itself.
    pub fn complaints(&mut self) -> Vec<String> {
        // Whatever was on its way is here after this answer.
        self.value("0");
        let loud = |event: &&Value| match event["method"].as_str().unwrap_or_default() {
            "Runtime.consoleAPICalled" | "Runtime.exceptionThrown" | "Log.entryAdded" => true,
            "Network.requestWillBeSent" => {
                let url = event["params"]["request"]["url"].as_str().unwrap_or_default();
                event["params"]["type"] != "Document" && !url.starts_with("data:")
            }
            _ => false,
        };
        self.events.iter().filter(loud).map(Value::to_string).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
