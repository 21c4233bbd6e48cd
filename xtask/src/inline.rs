//! The module as text inside `module.js`.
//!
//! The text has printable ASCII only, so it is read alike in every charset, also by a classic script on
//! a page that names none, and a bundler that writes ASCII has nothing to escape.
//!
//! A byte below 92 becomes the character 35 places further on: byte 0 is `#`, byte 91 is `~`. A byte
//! from 92 to 183 is a space and the character of what is left after 92; a byte from 184 on is an
//! exclamation mark and the character of what is left after 184. The shift by 35 leaves out the
//! quotation mark, so only the backslash needs an escape. The decoder is a loop, because
//! `Uint8Array.from` with a function takes six times as long.
//!
//! What counts is the size after brotli. An encoding that keeps bytes whole lets brotli find in the
//! text the repetitions that it finds in the module. For a module of 123,939 bytes, in bytes after
//! brotli (and gzip):
//!
//! | encoding | as UTF-8 | with ASCII escapes |
//! | --- | --: | --: |
//! | the module alone, not as text | 49,689 (56,252) | |
//! | each byte moved up by 35, in one character | 50,428 (58,766) | 53,245 (60,892) |
//! | this one | 50,705 (57,286) | the same |
//! | this one with the most frequent 92 bytes in one character | 50,692 (56,351) | the same |
//! | hexadecimal | 52,983 (62,641) | the same |
//! | base64 | 62,221 (71,547) | the same |
//!
//! Other prefixes, other orders and other first bytes are larger, or save less than 70 bytes. A table of
//! the frequent bytes would save less than its own size.

/// The first character, and with it the distance between a byte and its character.
const SHIFT: u8 = b'#';

/// How many bytes one character can stand for: up to the tilde.
const SINGLE: u8 = b'~' - SHIFT + 1;

/// Returns the source of `wasm-bytes.js`, which exports the module as a function.
pub(crate) fn javascript(bytes: &[u8]) -> String {
    let text = text(bytes).replace('\\', r"\\");
    // A space is -3 after the shift, and an exclamation mark -2.
    format!(
        "export const wasmBytes = () => {{
  const text = \"{text}\";
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let index = 0; index < text.length; index++) {{
    let byte = text.charCodeAt(index) - {SHIFT};
    if (byte < 0) byte = (byte + 4) * {SINGLE} + text.charCodeAt(++index) - {SHIFT};
    bytes[length++] = byte;
  }}
  return bytes.subarray(0, length);
}};\n"
    )
}

fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for byte in bytes {
        match byte / SINGLE {
            0 => {}
            1 => text.push(' '),
            _ => text.push('!'),
        }
        text.push(char::from(byte % SINGLE + SHIFT));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_byte() -> Vec<u8> {
        (0..=255).chain((0..=255).rev()).collect()
    }

    /// Does what the script does.
    fn decoded(text: &str) -> Vec<i32> {
        let (shift, single) = (i32::from(SHIFT), i32::from(SINGLE));
        let mut codes = text.bytes().map(|code| i32::from(code) - shift);
        let mut bytes = Vec::new();
        while let Some(code) = codes.next() {
            let rest = if code < 0 { codes.next() } else { None };
            bytes.push(rest.map_or(code, |rest| (code + 4) * single + rest));
        }
        bytes
    }

    #[test]
    fn every_byte_survives() {
        let read = decoded(&text(&every_byte()));
        assert_eq!(read, every_byte().into_iter().map(i32::from).collect::<Vec<_>>());
    }

    #[test]
    fn the_script_is_ascii_and_only_the_backslash_needs_an_escape() {
        let plain = |character: char| matches!(character, ' '..='~') && character != '"';
        assert!(text(&every_byte()).chars().all(plain));
        assert_eq!(text(&[57]), "\\");
        let script = javascript(&every_byte());
        assert!(script.is_ascii());
        assert!(javascript(&[0, 57, 1]).contains(r##""#\\$""##));
    }
}
