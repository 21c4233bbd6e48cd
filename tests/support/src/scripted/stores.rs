//! The four stores of a browser, with the faults they have in the wild.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::page::{PageId, TabId};
use super::world::{Core, Effect};
use basic_oauth::platform::{SessionStore, Store};
use basic_oauth::{Error, ErrorCode, Result};

const MEBIBYTE: usize = 1 << 20;
/// What servers accept as a header, all cookies together.
const COOKIE_BYTES: usize = 8 << 10;

/// What is wrong with a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreFault {
    /// It cannot be opened: blocked by the user, or the page is sandboxed.
    Blocked,
    /// It opens, and every use of it fails.
    Broken,
    /// It takes nothing more; what is there can be read and removed.
    Full,
}

/// Whose records they are: this is what tabs share, and what they do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shelf {
    Cookie,
    Local,
    Memory(PageId),
    Session(TabId),
}

#[derive(Default)]
pub(super) struct Stores {
    shelves: BTreeMap<Shelf, BTreeMap<String, String>>,
    faults: Vec<(SessionStore, StoreFault)>,
}

impl Stores {
    pub(super) fn records(&self, shelf: Shelf) -> BTreeMap<String, String> {
        self.shelves.get(&shelf).cloned().unwrap_or_default()
    }

    /// The records of every page and tab together.
    pub(super) fn records_of_kind(&self, kind: SessionStore) -> BTreeMap<String, String> {
        let own = self.shelves.iter().filter(|(shelf, _)| shelf.kind() == kind);
        own.flat_map(|(_, records)| records.clone()).collect()
    }

    pub(super) fn shelf(&mut self, shelf: Shelf) -> &mut BTreeMap<String, String> {
        self.shelves.entry(shelf).or_default()
    }

    pub(super) fn clear(&mut self, shelf: Shelf) {
        self.shelves.remove(&shelf);
    }

    pub(super) fn clear_kind(&mut self, kind: SessionStore) {
        self.shelves.retain(|shelf, _| shelf.kind() != kind);
    }

    pub(super) fn set_fault(&mut self, kind: SessionStore, fault: Option<StoreFault>) {
        self.faults.retain(|(own, _)| *own != kind);
        self.faults.extend(fault.map(|fault| (kind, fault)));
    }

    pub(super) fn has_fault(&self, kind: SessionStore, fault: StoreFault) -> bool {
        self.faults.contains(&(kind, fault))
    }

    fn write(&mut self, shelf: Shelf, key: &str, value: &str) -> Result<()> {
        let capacity = match shelf {
            Shelf::Cookie => COOKIE_BYTES,
            _ => 5 * MEBIBYTE,
        };
        let is_full = self.has_fault(shelf.kind(), StoreFault::Full);
        let records = self.shelf(shelf);
        let others = records.iter().filter(|(own, _)| own.as_str() != key);
        let used: usize = others.map(|(own, value)| own.len() + value.len()).sum();
        if is_full || used + key.len() + value.len() > capacity {
            return Err(Error::new(ErrorCode::StorageFull));
        }
        records.insert(key.into(), value.into());
        Ok(())
    }
}

impl Shelf {
    pub(super) fn kind(self) -> SessionStore {
        match self {
            Self::Cookie => SessionStore::Cookie,
            Self::Local => SessionStore::Local,
            Self::Memory(_) => SessionStore::Memory,
            Self::Session(_) => SessionStore::Session,
        }
    }
}

/// A store as a page has it.
pub struct TabStore {
    core: Rc<Core>,
    page: PageId,
    shelf: Shelf,
}

impl TabStore {
    pub(super) fn open(core: &Rc<Core>, page: PageId, shelf: Shelf) -> Result<Self> {
        let store = Self { core: Rc::clone(core), page, shelf };
        if core.stores.borrow().has_fault(shelf.kind(), StoreFault::Blocked) {
            return Err(Error::new(ErrorCode::StorageUnavailable));
        }
        Ok(store)
    }

    fn check_faults(&self) -> Result<()> {
        let stores = self.core.stores.borrow();
        let kind = self.shelf.kind();
        let is_broken = [StoreFault::Blocked, StoreFault::Broken]
            .into_iter()
            .any(|fault| stores.has_fault(kind, fault));
        // The script of a page that is gone can do nothing any more.
        if is_broken || !self.core.pages.borrow().is_alive(self.page) {
            return Err(Error::new(ErrorCode::StorageUnavailable));
        }
        Ok(())
    }

    /// The browser's `storage` event: of `localStorage` alone, and never in the page that wrote.
    fn tell_others(&self, key: &str) {
        if self.shelf == Shelf::Local {
            self.core.post_change(|page, ear| page != self.page && key.starts_with(&ear.channel));
        }
    }
}

impl Store for TabStore {
    fn read(&self, key: &str) -> Result<Option<String>> {
        self.check_faults()?;
        let record = self.core.stores.borrow_mut().shelf(self.shelf).get(key).cloned();
        self.core.come_in_between(self.page, key);
        Ok(record)
    }

    fn write(&self, key: &str, value: &str) -> Result<()> {
        self.check_faults()?;
        self.core.stores.borrow_mut().write(self.shelf, key, value)?;
        self.core.note(self.page, Effect::Stored(self.shelf.kind(), key.into()));
        self.tell_others(key);
        Ok(())
    }

    fn remove(&self, key: &str) -> Result<()> {
        self.check_faults()?;
        if self.core.stores.borrow_mut().shelf(self.shelf).remove(key).is_some() {
            self.core.note(self.page, Effect::Removed(self.shelf.kind(), key.into()));
            self.tell_others(key);
        }
        Ok(())
    }

    fn keys(&self, prefix: &str) -> Result<Vec<String>> {
        self.check_faults()?;
        let mut stores = self.core.stores.borrow_mut();
        let keys = stores.shelf(self.shelf).keys().filter(|key| key.starts_with(prefix));
        Ok(keys.cloned().collect())
    }
}

impl std::fmt::Debug for TabStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TabStore({})", self.shelf.kind().as_str())
    }
}
