//! What was measured so far, kept in files: a run may measure one table, or some of the peers.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Error, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::machine::Machine;
use crate::time::Load;

/// The results of all runs, the newest of each kind.
#[derive(Debug)]
pub(crate) struct Results {
    folder: PathBuf,
    pub(crate) bytes: Bytes,
    /// What was seen in each scenario, by peer.
    pub(crate) behaviour: BTreeMap<String, BTreeMap<String, Value>>,
    /// The page loads of each peer, by condition.
    pub(crate) time: BTreeMap<String, BTreeMap<String, Vec<Load>>>,
    /// Why there is no time, by condition and peer.
    pub(crate) failed_loads: BTreeMap<String, BTreeMap<String, String>>,
    /// The machine of the newest run.
    pub(crate) machine: Option<Machine>,
}

/// The sizes, which `cargo xtask compare` writes.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Bytes {
    #[serde(default)]
    pub(crate) npm: Vec<Bundle>,
    #[serde(default)]
    pub(crate) rust: Vec<Module>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Bundle {
    pub(crate) id: String,
    pub(crate) version: Option<String>,
    /// The code that is loaded before the app knows whether the user is signed in.
    pub(crate) first: Size,
    pub(crate) whole: Size,
    /// The whole, if the bundler escapes to ASCII.
    pub(crate) ascii: Size,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Module {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) framework: String,
    pub(crate) whole: Size,
    pub(crate) added: Size,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
pub(crate) struct Size {
    pub(crate) raw: usize,
    pub(crate) gzip: usize,
    pub(crate) brotli: usize,
}

impl Results {
    pub(crate) fn read(folder: PathBuf) -> Result<Self> {
        Ok(Self {
            bytes: read(&folder.join("bytes.json"))?,
            behaviour: read(&folder.join(BEHAVIOUR))?,
            time: read(&folder.join(TIME))?,
            failed_loads: read(&folder.join(FAILED_LOADS))?,
            machine: read(&folder.join(MACHINE))?,
            folder,
        })
    }

    pub(crate) fn put_behaviour(&mut self, peer: &str, outcomes: BTreeMap<String, Value>) {
        self.behaviour.entry(peer.to_owned()).or_default().extend(outcomes);
    }

    pub(crate) fn put_loads(&mut self, condition: &str, peer: &str, loads: Vec<Load>) {
        self.time.entry(condition.to_owned()).or_default().insert(peer.to_owned(), loads);
        self.failed_loads.entry(condition.to_owned()).or_default().remove(peer);
    }

    pub(crate) fn put_failed_loads(&mut self, condition: &str, peer: &str, error: &Error) {
        let reason = format!("{error:#}").lines().next().unwrap_or_default().to_owned();
        self.time.entry(condition.to_owned()).or_default().remove(peer);
        let failed = self.failed_loads.entry(condition.to_owned()).or_default();
        failed.insert(peer.to_owned(), reason);
    }

    /// Keeps the behaviour, and no other table: another run may have measured that.
    pub(crate) fn save_behaviour(&self) -> Result<()> {
        self.save(BEHAVIOUR, &self.behaviour)
    }

    /// Keeps the times, and no other table.
    pub(crate) fn save_time(&self) -> Result<()> {
        self.save(TIME, &self.time)?;
        self.save(FAILED_LOADS, &self.failed_loads)
    }

    /// Keeps the machine of this run.
    pub(crate) fn save_machine(&self) -> Result<()> {
        self.save(MACHINE, &self.machine)
    }

    fn save(&self, name: &str, value: &impl Serialize) -> Result<()> {
        fs::create_dir_all(&self.folder)?;
        Ok(fs::write(self.folder.join(name), serde_json::to_string_pretty(value)?)?)
    }
}

fn read<T: DeserializeOwned + Default>(path: &Path) -> Result<T> {
    if !path.is_file() {
        return Ok(T::default());
    }
    let text = fs::read_to_string(path)?;
    serde_json::from_str(&text).with_context(|| format!("{} is not as expected", path.display()))
}

const BEHAVIOUR: &str = "behaviour.json";
const FAILED_LOADS: &str = "failed-loads.json";
const MACHINE: &str = "machine.json";
const TIME: &str = "time.json";
