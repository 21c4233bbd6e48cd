//! Records in this page's memory. They are lost with the page, and overwritten when they are
//! removed.

use std::cell::RefCell;

use crate::secret::SecretText;

thread_local!(static RECORDS: RefCell<Vec<(String, SecretText)>> = const { RefCell::new(Vec::new()) });

pub(super) fn read(key: &str) -> Option<String> {
    RECORDS.with_borrow(|records| {
        let (_, value) = records.iter().find(|(own, _)| own == key)?;
        Some(value.expose().to_owned())
    })
}

pub(super) fn write(key: &str, value: &str) {
    remove(key);
    let record = (key.to_owned(), SecretText::new(value.to_owned()));
    RECORDS.with_borrow_mut(|records| records.push(record));
}

pub(super) fn remove(key: &str) {
    RECORDS.with_borrow_mut(|records| {
        if let Some(at) = records.iter().position(|(own, _)| own == key) {
            records.swap_remove(at);
        }
    });
}

pub(super) fn keys(prefix: &str) -> Vec<String> {
    RECORDS.with_borrow(|records| {
        let mut keys = Vec::new();
        for (key, _) in records {
            if key.starts_with(prefix) {
                keys.push(key.clone());
            }
        }
        keys
    })
}
