//! The four stores, and the two of them that are `Storage` objects of the browser.

use gloo_storage::{LocalStorage, SessionStorage, Storage as _};
use wasm_bindgen::JsValue;
use web_sys::Storage;

use super::{cookie, error, memory};
use crate::error::{Error, ErrorCode, Result};
use crate::platform::{Store, StoreKind};

/// A place for records in this browser.
#[derive(Clone, Copy, Debug)]
pub struct BrowserStore(StoreKind);

impl BrowserStore {
    /// Opens a store.
    ///
    /// # Errors
    /// [`ErrorCode::StorageUnavailable`] where the browser blocks it.
    pub fn open(kind: StoreKind) -> Result<Self> {
        match kind {
            StoreKind::Cookie => cookie::probe()?,
            StoreKind::Memory => {}
            StoreKind::Local | StoreKind::Session => drop(area(kind)?),
        }
        Ok(Self(kind))
    }

    /// A store that is not tried before its first use.
    pub(super) fn untried(kind: StoreKind) -> Self {
        Self(kind)
    }
}

impl Store for BrowserStore {
    fn read(&self, key: &str) -> Result<Option<String>> {
        match self.0 {
            StoreKind::Cookie => cookie::read(key),
            StoreKind::Memory => Ok(memory::read(key)),
            kind => area(kind)?.get_item(key).map_err(|_| unavailable()),
        }
    }

    fn write(&self, key: &str, value: &str) -> Result<()> {
        match self.0 {
            StoreKind::Cookie => cookie::write(key, value),
            StoreKind::Memory => {
                memory::write(key, value);
                Ok(())
            }
            kind => area(kind)?.set_item(key, value).map_err(|thrown| refused(&thrown)),
        }
    }

    fn remove(&self, key: &str) -> Result<()> {
        match self.0 {
            StoreKind::Cookie => cookie::remove(key),
            StoreKind::Memory => {
                memory::remove(key);
                Ok(())
            }
            kind => area(kind)?.remove_item(key).map_err(|_| unavailable()),
        }
    }

    fn keys(&self, prefix: &str) -> Result<Vec<String>> {
        match self.0 {
            StoreKind::Cookie => cookie::keys(prefix),
            StoreKind::Memory => Ok(memory::keys(prefix)),
            kind => keys(kind, prefix),
        }
    }
}

pub(super) fn keys(kind: StoreKind, prefix: &str) -> Result<Vec<String>> {
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

/// gloo's accessors panic where storage is blocked, so the browser is asked first, each time: the
/// visitor may block it while the page is open.
fn area(kind: StoreKind) -> Result<Storage> {
    let window = web_sys::window().ok_or_else(unavailable)?;
    let is_session = kind == StoreKind::Session;
    let there = if is_session { window.session_storage() } else { window.local_storage() };
    match there {
        Ok(Some(_)) if is_session => Ok(SessionStorage::raw()),
        Ok(Some(_)) => Ok(LocalStorage::raw()),
        _ => Err(unavailable()),
    }
}

fn refused(thrown: &JsValue) -> Error {
    match error::name_of(thrown).as_deref() {
        Some("QuotaExceededError" | "NS_ERROR_DOM_QUOTA_REACHED") => {
            Error::new(ErrorCode::StorageFull)
        }
        _ => unavailable(),
    }
}

pub(super) fn unavailable() -> Error {
    Error::new(ErrorCode::StorageUnavailable)
}
