//! The module as text inside `module.js`.
//!
//! Each byte becomes the character 35 places further on: byte 0 is `#`, byte 255 is U+0122. The
//! decoder subtracts 35 again, and that is all. The shift by 35 is the smallest that leaves out the
//! quotation mark and the control characters below it, so only the backslash needs an escape. The
//! decoder is a loop, because `Uint8Array.from` with a function takes six times as long.
//!
//! What counts is the size after brotli. An encoding that keeps bytes whole lets brotli find in the
//! text the repetitions that it finds in the module. On a module of 34,778 bytes (brotli), the text
//! costs 1,350 bytes more than the module alone; hexadecimal costs 2,600 and base64 11,200.
//!
//! A table that gives frequent bytes the cheapest characters would save 564 bytes of the 52,306 that
//! `module.js` has today. Finding it took a search of 200 lines, and no reader could check the result.
//! Other shifts are larger: 14 by 704 bytes, 64 by 767, 256 by 1,837.
//!
//! The text needs UTF-8, which ES modules always are. A bundler that writes ASCII makes escapes of the
//! characters above U+007F, which is correct and larger.

/// The distance between a byte and its character.
const SHIFT: u32 = 35;

/// Returns the source of `wasm-bytes.js`, which exports the module as a function.
pub(crate) fn javascript(bytes: &[u8]) -> String {
    let text = text(bytes).replace('\\', r"\\");
    format!(
        "export const wasmBytes = () => {{
  const text = \"{text}\";
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < bytes.length; index++) bytes[index] = text.charCodeAt(index) - {SHIFT};
  return bytes;
}};\n"
    )
}

fn text(bytes: &[u8]) -> String {
    // All of U+0023 to U+0122 are characters.
    bytes.iter().filter_map(|byte| char::from_u32(u32::from(*byte) + SHIFT)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_byte() -> Vec<u8> {
        (0..=255).chain((0..=255).rev()).collect()
    }

    #[test]
    fn every_byte_survives() {
        let text = text(&every_byte());
        let read: Vec<u32> = text.chars().map(|character| u32::from(character) - SHIFT).collect();
        assert_eq!(read, every_byte().into_iter().map(u32::from).collect::<Vec<_>>());
    }

    #[test]
    fn only_the_backslash_needs_an_escape() {
        let plain = |character: char| character >= ' ' && character != '"';
        assert!(text(&every_byte()).chars().all(plain));
        assert_eq!(text(&[57]), "\\");
        assert!(javascript(&[0, 57, 1]).contains(r##""#\\$""##));
    }
}
