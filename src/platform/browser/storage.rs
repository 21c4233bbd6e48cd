//! The four stores. Two of them are `Storage` objects of the browser.

use std::cell::RefCell;

use gloo_storage::{LocalStorage, SessionStorage, Storage as _};
use wasm_bindgen::JsValue;
use web_sys::Storage;

use super::error::{name_of, unavailable};
use super::{cookie, memory, window};
use crate::error::{Error, ErrorCode, Result};
use crate::platform::{SessionStore, Store};

/// A place for records in this browser.
#[derive(Clone, Copy, Debug)]
pub struct BrowserStore(SessionStore);

impl BrowserStore {
    /// Opens a store.
    ///
    /// # Errors
    /// [`ErrorCode::StorageUnavailable`] if the browser blocks it.
    pub fn open(kind: SessionStore) -> Result<Self> {
        match kind {
            SessionStore::Cookie => cookie::probe()?,
            SessionStore::Memory => {}
            SessionStore::Local | SessionStore::Session => drop(reach(kind)?),
        }
        Ok(Self(kind))
    }

    /// Opens a store that is not tested before its first use.
    pub(super) fn untried(kind: SessionStore) -> Self {
        Self(kind)
    }
}

impl Store for BrowserStore {
    fn read(&self, key: &str) -> Result<Option<String>> {
        match self.0 {
            SessionStore::Cookie => cookie::read(key),
            SessionStore::Memory => Ok(memory::read(key)),
            kind => area(kind)?.get_item(key).map_err(|_| unavailable()),
        }
    }

    fn write(&self, key: &str, value: &str) -> Result<()> {
        match self.0 {
            SessionStore::Cookie => cookie::write(key, value),
            SessionStore::Memory => {
                memory::write(key, value);
                Ok(())
            }
            kind => area(kind)?.set_item(key, value).map_err(|thrown| refused(&thrown)),
        }
    }

    fn remove(&self, key: &str) -> Result<()> {
        match self.0 {
            SessionStore::Cookie => cookie::remove(key),
            SessionStore::Memory => {
                memory::remove(key);
                Ok(())
            }
            kind => area(kind)?.remove_item(key).map_err(|_| unavailable()),
        }
    }

    fn keys(&self, prefix: &str) -> Result<Vec<String>> {
        match self.0 {
            SessionStore::Cookie => cookie::keys(prefix),
            SessionStore::Memory => Ok(memory::keys(prefix)),
            kind => keys(kind, prefix),
        }
    }
}

pub(super) fn keys(kind: SessionStore, prefix: &str) -> Result<Vec<String>> {
    let area = area(kind)?;
    let mut keys = Vec::new();
    for index in 0..area.length().map_err(|_| unavailable())? {
        if let Ok(Some(key)) = area.key(index)
            && key.starts_with(prefix)
        {
            keys.push(key);
        }
    }
    Ok(keys)
}

/// Returns the browser's storage, which the window is asked for once: that takes ten calls into
/// JavaScript, and a sign-in uses the storage twenty times. If the user blocks it while the page is
/// open, the methods of the object fail.
fn area(kind: SessionStore) -> Result<Storage> {
    let known = AREAS.with_borrow(|areas| areas[index(kind)].clone());
    known.map_or_else(|| reach(kind), Ok)
}

thread_local!(static AREAS: RefCell<[Option<Storage>; 2]> = const { RefCell::new([None, None]) });

/// Asks the window for the storage. gloo's accessors panic if it is blocked, or if the global object
/// is not of the class `Window` (see [`window`]), so this checks first.
fn reach(kind: SessionStore) -> Result<Storage> {
    let window = window().ok_or_else(unavailable)?;
    let is_session = kind == SessionStore::Session;
    let there = if is_session { window.session_storage() } else { window.local_storage() };
    let area = match there {
        Ok(Some(area)) if web_sys::window().is_none() => area,
        Ok(Some(_)) if is_session => SessionStorage::raw(),
        Ok(Some(_)) => LocalStorage::raw(),
        _ => return Err(unavailable()),
    };
    AREAS.with_borrow_mut(|areas| areas[index(kind)] = Some(area.clone()));
    Ok(area)
}

fn index(kind: SessionStore) -> usize {
    usize::from(kind == SessionStore::Session)
}

fn refused(thrown: &JsValue) -> Error {
    match name_of(thrown).as_deref() {
        Some("QuotaExceededError" | "NS_ERROR_DOM_QUOTA_REACHED") => {
            Error::new(ErrorCode::StorageFull)
        }
        _ => unavailable(),
    }
}
