//! Records as cookies of this origin. `codec::cookies` has their form.
//!
//! The browser drops a cookie that is too long, and reports nothing. So a record is split, and read
//! back after it is written. The further parts are written first, under names that the last record did
//! not use: a page that dies half-way leaves the last record whole.

use web_sys::Document;

use super::error::unavailable;
use super::{prototype, window};
use crate::codec::cookies::{CookieJar, MAX_PARTS, PREFIX, digit, part_name};
use crate::codec::query;
use crate::error::{Error, ErrorCode, Result};
use crate::secret::SecretText;

/// What a cookie holds, with its name. Twelve bytes are left for the mark of a part and the head of the first.
const COOKIE_BYTES: usize = 4_096 - 12;
/// Thirty days, the lifetime of Basic's refresh tokens.
const ATTRIBUTES: &str = "; Path=/; Secure; SameSite=Strict; Max-Age=2592000";
const EXPIRED: &str = "; Path=/; Secure; SameSite=Strict; Max-Age=0";

/// Checks that the browser takes such a cookie here. WebKit wants `https` even on a loopback host,
/// and reports nothing. A code must not be spent before that is known.
pub(super) fn probe() -> Result<()> {
    const KEY: &str = "basic-oauth.probe";
    let written = write(KEY, "1");
    remove(KEY)?;
    written.map_err(|_| unavailable())
}

pub(super) fn read(key: &str) -> Result<Option<String>> {
    Ok(jar()?.record(key))
}

pub(super) fn write(key: &str, value: &str) -> Result<()> {
    let encoded = SecretText::new(query::encode_component(value));
    let encoded = encoded.expose();
    let part_bytes = COOKIE_BYTES.saturating_sub(PREFIX.len() + key.len());
    if part_bytes == 0 || encoded.len() > MAX_PARTS * part_bytes {
        return Err(Error::new(ErrorCode::StorageFull));
    }
    let count = encoded.len().div_ceil(part_bytes).max(1);
    let last_set = jar()?.head(key).map(|(set, ..)| set);
    let set = if last_set == Some('a') { 'b' } else { 'a' };
    // Encoded text is ASCII, so any index is a boundary.
    let part = |index: usize| {
        let end = encoded.len().min((index + 1) * part_bytes);
        encoded.get(index * part_bytes..end).unwrap_or_default()
    };
    for index in 1..count {
        set_cookie(&[&part_name(key, set, index), "=", part(index), ATTRIBUTES])?;
    }
    let mut head = part_name(key, set, 0);
    for c in ['=', set, digit(count), '.'] {
        head.push(c);
    }
    set_cookie(&[&head, part(0), ATTRIBUTES])?;
    if read(key)?.as_deref() != Some(value) {
        remove_parts(key, set, 1)?;
        if read(key)?.is_none() {
            // The first part of a token must not stay behind.
            remove(key)?;
        }
        return Err(Error::new(ErrorCode::StorageFull));
    }
    match last_set {
        Some(last) => remove_parts(key, last, 1),
        None => Ok(()),
    }
}

pub(super) fn remove(key: &str) -> Result<()> {
    remove_parts(key, 'a', 0)?;
    remove_parts(key, 'b', 1)
}

pub(super) fn keys(prefix: &str) -> Result<Vec<String>> {
    let jar = jar()?;
    let names = jar.cookies().filter_map(|(name, _)| name.strip_prefix(PREFIX));
    let is_record = |name: &&str| name.starts_with(prefix) && !name.bytes().any(|b| b == b'~');
    Ok(names.filter(is_record).map(str::to_owned).collect())
}

fn remove_parts(key: &str, set: char, first: usize) -> Result<()> {
    for part in first..MAX_PARTS {
        set_cookie(&[&part_name(key, set, part), "=", EXPIRED])?;
    }
    Ok(())
}

/// Returns all cookies that a script can see.
fn jar() -> Result<CookieJar> {
    let all = prototype::get(document()?.as_ref(), "cookie").as_string();
    all.map(CookieJar::new).ok_or_else(unavailable)
}

fn set_cookie(parts: &[&str]) -> Result<()> {
    let cookie = SecretText::new(parts.concat());
    let is_set = prototype::set(document()?.as_ref(), "cookie", cookie.expose());
    is_set.then_some(()).ok_or_else(unavailable)
}

fn document() -> Result<Document> {
    window().and_then(|window| window.document()).ok_or_else(unavailable)
}
