//! The module as text inside `index.js`, and the few characters of JavaScript that read it back.
//!
//! What counts is the size after brotli. Measured on a module of 84 KB (34,778 bytes of brotli on its
//! own), carrying it as text costs: base64 11,200 bytes more; deflate and base64 6,000 (and it must
//! wait); hexadecimal 2,600; one character for each byte 1,900; that moved up by 35 characters 1,350;
//! what is done here 700. An encoding that keeps bytes whole lets brotli find in the text what it
//! finds in the module. The frequent bytes get printable ASCII, one byte of UTF-8, and which byte gets
//! which character follows from how brotli models text: it predicts a character from the classes
//! (space, punctuation, digit, vowel, consonant...) of the two before it. [`crate::tune`] found the
//! table; any table is correct, and one from an older module costs little.
//!
//! The text has no control character and nothing to escape. It needs UTF-8, which ES modules always
//! are; a bundler that writes ASCII makes escapes of the rare bytes, correct and a little larger.

/// The bytes that the printable ASCII characters stand for, in the order of [`characters`].
pub(crate) const TABLE: [u8; 93] = [
    66, 2, 5, 7, 64, 17, 4, 127, 27, 12, 14, 107, 24, 16, 1, 144, 13, 36, 31, 33, 168, 37, 34, 148,
    32, 106, 113, 126, 0, 20, 10, 9, 128, 112, 109, 110, 248, 73, 70, 77, 192, 75, 167, 118, 115,
    108, 255, 79, 116, 103, 72, 104, 65, 69, 71, 119, 117, 114, 26, 15, 3, 8, 6, 55, 57, 48, 105,
    52, 50, 58, 49, 54, 56, 100, 45, 95, 102, 53, 121, 97, 51, 111, 101, 40, 47, 41, 99, 98, 46,
    120, 21, 11, 28,
];

/// Printable ASCII without what a string literal must escape.
pub(crate) fn characters() -> impl Iterator<Item = u8> {
    (b' '..=b'~').filter(|character| !matches!(character, b'"' | b'\\'))
}

/// The source of `wasm-bytes.js`.
pub(crate) fn javascript(bytes: &[u8]) -> String {
    // The array keeps the low eight bits, and so takes away what lifted the rare bytes.
    format!(
        "export const wasmBytes = () => Uint8Array.from(\"{}\", (c) =>\n  \
         (c = c.charCodeAt()) < 127 ? \"{}\".charCodeAt(c - 32) - {TABLE_LIFT} : c);\n",
        text(bytes),
        table_text(),
    )
}

/// Lifts the rare bytes to letters, U+0100 to U+01FF.
const RARE_LIFT: u32 = 0x100;

/// Lifts the table's bytes over the control characters and the quote.
const TABLE_LIFT: u32 = 35;

fn text(bytes: &[u8]) -> String {
    let mut of_byte: [char; 256] = std::array::from_fn(|byte| lifted(byte as u32, RARE_LIFT));
    for (character, byte) in characters().zip(TABLE) {
        of_byte[usize::from(byte)] = char::from(character);
    }
    bytes.iter().map(|byte| of_byte[usize::from(*byte)]).collect()
}

/// The byte for each character from the space on; the two left out stand for nothing.
fn table_text() -> String {
    let mut bytes = characters().zip(TABLE).peekable();
    (b' '..=b'~')
        .map(|character| match bytes.next_if(|(known, _)| *known == character) {
            Some((_, byte)) => lifted(byte.into(), TABLE_LIFT),
            None => ' ',
        })
        .flat_map(|character| (character == '\\').then_some('\\').into_iter().chain([character]))
        .collect()
}

fn lifted(byte: u32, lift: u32) -> char {
    // All of U+0000 to U+01FF are characters.
    char::from_u32(byte + lift).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the JavaScript does.
    fn read_back(text: &str) -> Vec<u8> {
        let table: Vec<char> = table_text().replace("\\\\", "\\").chars().collect();
        let code = |character: char| u32::from(character);
        text.chars()
            .map(|character| match code(character) {
                ascii @ ..127 => code(table[ascii as usize - 32]) - TABLE_LIFT,
                other => other,
            })
            .map(|code| (code & 0xff) as u8)
            .collect()
    }

    #[test]
    fn every_byte_survives() {
        let all: Vec<u8> = (0..=255).chain((0..=255).rev()).collect();
        assert_eq!(read_back(&text(&all)), all);
    }

    #[test]
    fn no_byte_is_in_the_table_twice() {
        let mut table = TABLE.to_vec();
        table.sort_unstable();
        table.dedup();
        assert_eq!(table.len(), TABLE.len());
    }

    #[test]
    fn nothing_needs_an_escape() {
        let all: Vec<u8> = (0..=255).collect();
        let plain = |character: char| {
            character >= ' ' && !matches!(character, '"' | '\\' | '\u{7f}'..'\u{100}')
        };
        assert!(text(&all).chars().all(plain));
    }
}
