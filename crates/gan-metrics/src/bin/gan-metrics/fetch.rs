//! `gan-metrics weights fetch`: a download that can go on where it stopped, checked by its hash.

use anyhow::{Context, Result, bail};
use clap::Args;
use gan_metrics::weights;
use std::path::{Path, PathBuf};

/// Options of `gan-metrics weights fetch`.
#[derive(Debug, Args)]
pub struct FetchArgs {
    /// Where to download from.
    #[arg(long, default_value = weights::PUBLISHED_URL, hide_default_value = true)]
    url: String,
    /// SHA-256 that the downloaded file must have.
    #[arg(long, default_value = weights::PUBLISHED_SHA256, value_parser = digest)]
    sha256: String,
    /// The file to write, instead of one in the user's cache folder.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}

fn digest(text: &str) -> std::result::Result<String, String> {
    let digits = text.bytes().filter(u8::is_ascii_hexdigit).count();
    if digits == 64 && text.len() == 64 {
        return Ok(text.to_ascii_lowercase());
    }
    Err(format!("expected 64 hexadecimal digits, found {}", text.len()))
}

/// Downloads, checks and converts. Returns the file, and whether there was anything to do.
pub fn run(args: &FetchArgs) -> Result<(PathBuf, bool)> {
    let target = match &args.out {
        Some(file) => file.clone(),
        None => weights::cached()
            .context("the system names no cache folder: give the file to write with `--out`")?,
    };
    let stored = target.is_file().then(|| weights::read_with_origin(&target, None));
    if let Some(Ok((_, Some(about)))) = stored
        && about.source_sha256 == args.sha256
    {
        return Ok((target, false));
    }
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    std::fs::create_dir_all(folder)
        .with_context(|| format!("{}: cannot create this folder", folder.display()))?;
    // Named by the hash: what is there already belongs to the same file.
    let part = folder.join(format!("{}.part", &args.sha256[..16]));
    download(&args.url, &part)?;
    let found = weights::file_sha256(&part)?;
    if found != args.sha256 {
        std::fs::remove_file(&part)
            .with_context(|| format!("{}: cannot remove", part.display()))?;
        bail!(
            "{}: its SHA-256 is {found}, expected {}; nothing was stored. Try again, or fetch the \
             file elsewhere and use `gan-metrics weights convert`",
            args.url,
            args.sha256
        );
    }
    let state = weights::read(&part, None)?;
    let name = args.url.rsplit('/').next().unwrap_or_default();
    weights::write(&target, &state, name, &found)?;
    std::fs::remove_file(&part).with_context(|| format!("{}: cannot remove", part.display()))?;
    Ok((target, true))
}

#[cfg(not(feature = "fetch"))]
fn download(url: &str, part: &Path) -> Result<()> {
    bail!(
        "this program was built without its feature `fetch`; download {url} to {} by other means \
         and run this again",
        part.display()
    )
}

#[cfg(feature = "fetch")]
use download::download;

#[cfg(feature = "fetch")]
mod download {
    use anyhow::{Context, Result, bail};
    use std::fs::{File, OpenOptions};
    use std::io::{IsTerminal, Read, Write};
    use std::path::Path;
    use std::time::{Duration, Instant};

    /// Nothing that is fetched is larger.
    const MOST: u64 = 1 << 30;
    /// Connections in a row that may end without a new byte.
    const PATIENCE: usize = 3;

    /// Appends to `part` until the file is whole.
    pub(super) fn download(url: &str, part: &Path) -> Result<()> {
        let mut fruitless = 0;
        loop {
            let before = length(part)?;
            let problem = match attempt(url, part, before) {
                Ok(()) => return Ok(()),
                Err(problem) => problem,
            };
            let after = length(part)?;
            fruitless = if after > before { 0 } else { fruitless + 1 };
            if fruitless == PATIENCE || problem.is::<Final>() {
                return Err(problem.context(format!(
                    "{url}: cannot download; {after} bytes are kept in {}, run this again to go on",
                    part.display()
                )));
            }
        }
    }

    /// What another attempt would not change.
    #[derive(Debug)]
    struct Final(String);

    impl std::fmt::Display for Final {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(&self.0)
        }
    }

    impl std::error::Error for Final {}

    fn length(part: &Path) -> Result<u64> {
        match std::fs::metadata(part) {
            Ok(about) => Ok(about.len()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
            Err(error) => {
                Err(error).with_context(|| format!("{}: cannot look at it", part.display()))
            }
        }
    }

    /// One connection: asks for what is missing.
    fn attempt(url: &str, part: &Path, have: u64) -> Result<()> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(30)))
            .timeout_per_read(Some(Duration::from_secs(60)))
            .build()
            .into();
        let mut request = agent.get(url);
        if have > 0 {
            request = request.header("Range", format!("bytes={have}-"));
        }
        let mut response = request.call()?;
        let header = |name: &str| {
            response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned)
        };
        let start = match response.status().as_u16() {
            200 => 0,
            206 => {
                let range = header("content-range").unwrap_or_default();
                let start = range.strip_prefix("bytes ").and_then(|r| r.split('-').next());
                if start.and_then(|s| s.parse::<u64>().ok()) != Some(have) {
                    bail!(Final(format!("asked for bytes from {have}, was offered `{range}`")));
                }
                have
            }
            // Nothing is missing; the hash will tell.
            416 if have > 0 => return Ok(()),
            status @ (408 | 429 | 500..) => bail!("the server answered {status}"),
            status => bail!(Final(format!("the server answered {status}"))),
        };
        let whole = response.body().content_length().map(|rest| start + rest);
        if whole.is_some_and(|whole| whole > MOST) {
            bail!(Final(format!(
                "{} bytes are offered, {MOST} at most expected",
                whole.unwrap_or(0)
            )));
        }
        let mut file = open(part, start)?;
        let end = copy(&mut response.body_mut().as_reader(), &mut file, start, whole)?;
        file.sync_all().with_context(|| format!("{}: cannot write", part.display()))?;
        match whole {
            Some(whole) if end < whole => bail!("the connection ended at {end} of {whole} bytes"),
            _ => Ok(()),
        }
    }

    fn open(part: &Path, start: u64) -> Result<File> {
        let opened =
            if start > 0 { OpenOptions::new().append(true).open(part) } else { File::create(part) };
        opened.with_context(|| format!("{}: cannot write", part.display()))
    }

    /// Copies to the end; what came before a failure is in the file.
    fn copy(from: &mut impl Read, to: &mut File, start: u64, whole: Option<u64>) -> Result<u64> {
        let shown = std::io::stderr().is_terminal();
        let mut told = Instant::now();
        let mut at = start;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = from.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            at += count as u64;
            if at > MOST {
                bail!(Final(format!("more than {MOST} bytes came")));
            }
            to.write_all(&buffer[..count]).map_err(|e| Final(format!("cannot write: {e}")))?;
            if shown && told.elapsed() > Duration::from_millis(200) {
                told = Instant::now();
                let of = whole.map_or(String::new(), |w| format!(" of {:.1}", w as f64 / 1e6));
                let _ = write!(std::io::stderr(), "\r{:.1}{of} MB ", at as f64 / 1e6);
            }
        }
        if shown {
            let _ = write!(std::io::stderr(), "\r{:30}\r", "");
        }
        Ok(at)
    }
}
