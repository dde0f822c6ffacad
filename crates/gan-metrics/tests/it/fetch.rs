//! `gan-metrics weights fetch` against a server of our own that breaks off, lies or is slow-witted.

use crate::weights::{PTH, program, shown};
use gan_metrics::weights;
use sha2::{Digest, Sha256};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Output;
use std::sync::{Arc, Mutex};

/// How a server treats its clients.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Honest,
    /// Closes each connection after so many bytes, and serves so many connections.
    BreaksOff(usize, usize),
    /// Knows no ranges.
    Whole,
    NotFound,
}

struct Server {
    url: String,
    /// The first byte that each request asked for.
    asked: Arc<Mutex<Vec<usize>>>,
}

fn serve(body: &'static [u8], manner: Manner) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/folder/net.pth", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    // It ends with the test's process.
    std::thread::spawn(move || {
        for (count, stream) in listener.incoming().enumerate() {
            if matches!(manner, Manner::BreaksOff(_, most) if count >= most) {
                continue;
            }
            let _ = answer(&mut stream.unwrap(), body, manner, &log);
        }
    });
    Server { url, asked }
}

fn answer(
    stream: &mut TcpStream,
    body: &[u8],
    manner: Manner,
    log: &Mutex<Vec<usize>>,
) -> std::io::Result<()> {
    let mut start = 0;
    for line in BufReader::new(&*stream).lines() {
        let line = line?.to_ascii_lowercase();
        if let Some(range) = line.strip_prefix("range: bytes=") {
            start = range.trim_end_matches('-').parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    log.lock().unwrap().push(start);
    if manner == Manner::NotFound {
        return stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    }
    if manner == Manner::Whole {
        start = 0;
    }
    let (rest, all) = (&body[start..], body.len());
    let (status, range) = match start {
        0 => ("200 OK", String::new()),
        _ => ("206 Partial Content", format!("Content-Range: bytes {start}-{}/{all}\r\n", all - 1)),
    };
    let length = rest.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{range}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    match manner {
        Manner::BreaksOff(bytes, _) => stream.write_all(&rest[..bytes.min(length)]),
        _ => stream.write_all(rest),
    }
}

fn fetch(server: &Server, cache: &Path, sha256: &str) -> Output {
    let mut command =
        program(&["weights", "fetch", "--url", &server.url, "--sha256", sha256, "--json"]);
    for proxy in
        ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    {
        command.env_remove(proxy);
    }
    command.env("GAN_CACHE", cache).output().unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn an_interrupted_download_goes_on_where_it_stopped_and_is_stored_converted() {
    let cache = tempfile::tempdir().unwrap();
    let cache = cache.path().join("not yet there");
    let hash = sha256(&PTH);
    // Each connection brings 30 MB; the third dies for good.
    let bad = serve(&PTH, Manner::BreaksOff(30_000_000, 2));
    let (code, _, stderr) = shown(&fetch(&bad, &cache, &hash));
    assert_eq!(code, Some(1), "{stderr}");
    assert!(stderr.contains("run this again to go on") && stderr.contains(&bad.url), "{stderr}");
    assert_eq!(*bad.asked.lock().unwrap(), [0, 30_000_000]);
    assert_eq!(std::fs::read_dir(&cache).unwrap().count(), 1, "the part alone");

    let good = serve(&PTH, Manner::Honest);
    let (code, stdout, stderr) = shown(&fetch(&good, &cache, &hash));
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(*good.asked.lock().unwrap(), [60_000_000]);
    let told: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (&told["source"], &told["source_sha256"]),
        (&"net.pth".into(), &hash.clone().into())
    );
    let file = Path::new(told["file"].as_str().unwrap());
    assert_eq!(weights::read(file, None).unwrap().hash(), told["weights_sha256"]);
    assert_eq!(std::fs::read_dir(&cache).unwrap().count(), 1, "the weights alone");

    // A second time there is nothing to do.
    let (code, _, _) = shown(&fetch(&good, &cache, &hash));
    assert_eq!((code, good.asked.lock().unwrap().len()), (Some(0), 1));
}

#[test]
fn a_wrong_hash_a_refusal_and_a_server_without_ranges() {
    let cache = tempfile::tempdir().unwrap();
    static SMALL: &[u8] = b"not weights";
    let wrong = "0".repeat(64);
    let server = serve(SMALL, Manner::Honest);
    let (code, _, stderr) = shown(&fetch(&server, cache.path(), &wrong));
    assert_eq!(code, Some(1));
    assert!(stderr.contains(&sha256(SMALL)) && stderr.contains(&wrong), "{stderr}");
    assert!(stderr.contains("nothing was stored"), "{stderr}");
    assert_eq!(std::fs::read_dir(cache.path()).unwrap().count(), 0);

    let (code, _, stderr) = shown(&fetch(&serve(SMALL, Manner::NotFound), cache.path(), &wrong));
    assert!(code == Some(1) && stderr.contains("answered 404"), "{stderr}");

    // The right hash, but no weights; and a part of which the server wants to know nothing.
    let hash = sha256(SMALL);
    std::fs::write(cache.path().join(format!("{}.part", &hash[..16])), "xyz").unwrap();
    let server = serve(SMALL, Manner::Whole);
    let (code, _, stderr) = shown(&fetch(&server, cache.path(), &hash));
    assert!(code == Some(1) && stderr.contains("no file of weights"), "{stderr}");
    assert_eq!(*server.asked.lock().unwrap(), [3]);

    let (code, _, stderr) = shown(&fetch(&server, cache.path(), "abc"));
    assert!(code == Some(2) && stderr.contains("64 hexadecimal digits"), "{stderr}");
}
