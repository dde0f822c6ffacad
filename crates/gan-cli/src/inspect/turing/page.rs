//! The game as one page that needs no network: images, buttons, and the exact interval.

use super::Deck;
use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt::Write as _;

/// The page; what stands in double braces is filled in.
const PAGE: &str = include_str!("page.html");

/// The page of a game; `name` is shown and may hold anything.
pub fn page(deck: &Deck, name: &str) -> Result<String> {
    let mut images = String::new();
    for image in &deck.images {
        let png = STANDARD.encode(image.to_png()?);
        let _ = write!(images, "\"{png}\",");
    }
    // Not for secrecy: so that nobody reads the answers off the source by accident.
    let truth: Vec<u8> = deck
        .real
        .iter()
        .enumerate()
        .map(|(k, real)| (k as u8).wrapping_mul(37) ^ u8::from(*real))
        .collect();
    Ok(PAGE
        .replace("{{name}}", &escaped(name))
        .replace("{{images}}", images.trim_end_matches(','))
        .replace("{{truth}}", &STANDARD.encode(truth)))
}

/// Text as HTML has it.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Braces are this template's own.
            '{' => out.push_str("&#123;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use gan_images::Image;

    #[test]
    fn the_page_holds_the_game_and_nothing_from_elsewhere() {
        let images = vec![Image::filled(2, 2, &[7]).unwrap(); 3];
        let deck = Deck { images, real: vec![true, false, true] };
        let page = page(&deck, "<script>{{truth}}</script>").unwrap();
        assert!(!page.contains("{{") && !page.contains("<script>{{"));
        assert!(page.contains("&lt;script&gt;&#123;&#123;truth"));
        assert_eq!(page.matches("iVBOR").count(), 3);
        for outside in ["http:", "https:", "src=\"//", "@import"] {
            assert!(!page.contains(outside), "{outside}");
        }
        // 0·37 ^ 1, 1·37 ^ 0, 2·37 ^ 1
        assert!(page.contains(&STANDARD.encode([1, 37, 75])));
    }
}
