//! Python pickles, which are recognized and never opened: loading one runs the code that it names.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::arrays::element_type::is_object;
use crate::arrays::inflate::Bounded;
use crate::arrays::npy_fields::{Fields, MAGIC};
use crate::{Error, Result};

/// Bytes of a file that are looked at, and not run, to tell what it was meant as.
pub(crate) const GLANCE: u64 = 1 << 12;
/// What PyTorch's files before 1.6 begin with: a pickle of this number.
const OLD_TORCH: &[u8] = b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19";
/// Names under which people keep a mean or a covariance.
const STATISTICS: [&str; 7] = ["mu", "sigma", "mean", "cov", "covariance", "mu_s", "sigma_s"];
const IMAGES_LINE: &str = "numpy.savez(\"images.npz\", images)";
const STATISTICS_LINE: &str = "numpy.savez(\"stats.npz\", mu=d[\"mu\"], sigma=d[\"sigma\"])";

/// What an array was looked for as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meant {
    Images,
    Statistics,
    Unknown,
}

impl Meant {
    /// What a member of an `.npz` holds, by its name.
    pub(crate) fn by_name(member: &str) -> Self {
        if STATISTICS.iter().any(|name| member.eq_ignore_ascii_case(name)) {
            Self::Statistics
        } else {
            Self::Unknown
        }
    }

    /// This, or what the names within a pickle tell.
    fn or_by_contents(self, pickle: &[u8]) -> Self {
        let named = |name: &&str| holds_string(pickle, name.as_bytes());
        if STATISTICS.iter().any(named) { Self::Statistics } else { self }
    }
}

/// What is wrong with a file that begins with `start` (its first 4096 bytes are enough), where it is
/// a Python pickle: `.pkl` files, PyTorch's `.pt`, and `.npy` files of Python objects. The message
/// says why it is not opened and what to write in its place; nothing for other files.
pub fn pickle_problem(start: &[u8]) -> Option<String> {
    let unknown = |what: &str| Some(problem(what, Meant::Unknown.or_by_contents(start)));
    if start.starts_with(MAGIC) {
        let mut rest = start;
        let most = start.len() as u64;
        let mut bytes = Bounded { reader: Box::new(&mut rest), most };
        let fields = Fields::read(&mut bytes, Path::new("")).ok()?;
        drop(bytes);
        return is_object(&fields.descr).then(|| objects(rest, Meant::Unknown));
    }
    if start.starts_with(b"PK\x03\x04") {
        // PyTorch writes it first; a zip of images that holds such a file too is no pickle.
        return first_name(start).filter(|name| name.ends_with(b"/data.pkl")).map(|_| torch_zip());
    }
    let text = [&b"(dp"[..], b"(lp", b"cnumpy", b"ccopy_reg"];
    match start {
        [0x80, 2..=5, rest @ ..] if rest.starts_with(OLD_TORCH) => {
            unknown("a file of PyTorch's, which is a Python pickle")
        }
        [0x80, 2..=5, ..] => unknown("a Python pickle"),
        _ if text.iter().any(|begin| start.starts_with(begin)) => unknown("a Python pickle"),
        _ => None,
    }
}

/// Refuses a file that is a Python pickle; every other file is left for the caller to judge.
///
/// # Errors
///
/// A file that cannot be read, or a pickle: the message is that of [`pickle_problem`].
pub fn refuse_pickle(path: &Path) -> Result<()> {
    let mut start = Vec::new();
    let file = File::open(path).map_err(Error::io(path, "open"))?;
    file.take(GLANCE).read_to_end(&mut start).map_err(Error::io(path, "read"))?;
    match pickle_problem(&start) {
        Some(problem) => Err(Error::format(path, problem)),
        None => Ok(()),
    }
}

/// The message on an array of Python objects; `pickle` is what follows its header.
pub(crate) fn objects(pickle: &[u8], meant: Meant) -> String {
    let what =
        "an array of Python objects (element type |O), which NumPy stores as a Python pickle";
    problem(what, meant.or_by_contents(pickle))
}

/// The message on a zip of PyTorch's.
pub(crate) fn torch_zip() -> String {
    problem("a file of PyTorch's, which holds a Python pickle", Meant::Unknown)
}

fn problem(what: &str, meant: Meant) -> String {
    let line = match meant {
        Meant::Images => IMAGES_LINE.to_owned(),
        Meant::Statistics => STATISTICS_LINE.to_owned(),
        Meant::Unknown => format!("{IMAGES_LINE} for images, {STATISTICS_LINE} for statistics"),
    };
    format!(
        "{what}: it is not opened, because a pickle can run code; where you trust it, load it in \
         Python and write plain numbers with {line}"
    )
}

/// Whether a pickle names `text`: after its length, as protocols 1 to 5 write, or in quotes.
fn holds_string(pickle: &[u8], text: &[u8]) -> bool {
    let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
    pickle.windows(text.len()).enumerate().filter(|(_, found)| *found == text).any(|(at, _)| {
        let before = &pickle[..at];
        before.ends_with(&[length])
            || before.ends_with(&[length, 0, 0, 0])
            || (before.ends_with(b"'") && pickle[at + text.len()..].starts_with(b"'"))
    })
}

/// The name of a zip's first entry.
pub(crate) fn first_name(zip: &[u8]) -> Option<&[u8]> {
    let len = usize::from(u16::from_le_bytes([*zip.get(26)?, *zip.get(27)?]));
    zip.get(30..30 + len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pickles_are_recognized_by_their_first_bytes() {
        let said = |start: &[u8]| pickle_problem(start).unwrap_or_default();
        for protocol in 2..=5 {
            let text = said(&[0x80, protocol, b'}', b'.']);
            assert!(text.starts_with("a Python pickle: it is not opened, because"), "{text}");
            assert!(text.contains(IMAGES_LINE) && text.contains(STATISTICS_LINE), "{text}");
        }
        let torch = [b"\x80\x02", OLD_TORCH, b"."].concat();
        assert!(said(&torch).contains("PyTorch"));
        // {'mu': …} in protocols 4, 2 and 0.
        for start in [
            &b"\x80\x04}\x8c\x02mu"[..],
            b"\x80\x02}q\x00X\x02\x00\x00\x00muq\x01",
            b"(dp0\nS'mu'\n",
        ] {
            let text = said(start);
            assert!(text.contains(STATISTICS_LINE) && !text.contains(IMAGES_LINE), "{text}");
        }
        assert!(said(b"\x80\x02cnumpy.core.multiarray\n").contains(IMAGES_LINE));
        for other in
            [&b""[..], b"\x80", b"\x80\x06", b"\x89PNG", b"PK\x03\x04", b"\x93NUMPY", b"(x"]
        {
            assert_eq!(pickle_problem(other), None);
        }
    }
}
