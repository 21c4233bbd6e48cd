//! The texts of the button, in each language that it knows.

use crate::codec::text::{cut, split};

/// One line for each language: `tag|sign in|sign out|try again`. The tag is in lower case. The npm
/// package reads the same file.
const TEXTS: &str = include_str!("../../../pkg-template/button.texts");

pub(super) struct Texts {
    pub(super) sign_in: &'static str,
    pub(super) sign_out: &'static str,
    pub(super) failed: &'static str,
}

/// Returns the texts of a language tag, or the English ones if the language is not known.
pub(super) fn texts(lang: &str) -> Texts {
    let tag = lang.to_ascii_lowercase();
    let is_traditional = ["zh-hk", "zh-mo", "zh-hant"].iter().any(|it| tag.starts_with(it));
    let tag = if is_traditional { "zh-tw" } else { &tag };
    let (primary, _) = cut(tag, b'-');
    [tag, primary, "en"].into_iter().find_map(find).unwrap_or(Texts {
        sign_in: "Basic",
        sign_out: "",
        failed: "",
    })
}

fn find(tag: &str) -> Option<Texts> {
    split(TEXTS, b'\n').find_map(|line| {
        let (own, words) = cut(line, b'|');
        let (sign_in, words) = cut(words.filter(|_| own == tag)?, b'|');
        let (sign_out, failed) = cut(words?, b'|');
        Some(Texts { sign_in, sign_out, failed: failed? })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_every_text() {
        assert!(TEXTS.lines().count() > 1);
        for line in TEXTS.lines() {
            assert_eq!(line.split('|').count(), 4, "{line}");
            let tag = line.split('|').next().expect("a tag");
            let found = find(tag).expect(tag);
            assert!(!found.sign_in.is_empty() && !found.sign_out.is_empty(), "{tag}");
            assert!(!found.failed.is_empty(), "{tag}");
        }
    }

    #[test]
    fn a_region_has_the_texts_of_its_language_and_an_unknown_one_the_english() {
        assert_eq!(texts("de-AT").sign_out, "Abmelden");
        assert_eq!(texts("zh-Hant-HK").sign_out, "登出");
        assert_eq!(texts("zh").sign_out, "退出登录");
        for tag in ["", "tlh", "e", "-", "|"] {
            assert_eq!(texts(tag).sign_in, "Sign in with Basic", "{tag}");
        }
    }
}
