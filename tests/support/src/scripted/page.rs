//! The pages of a world: their addresses and listeners.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::clock::Timer;
use super::executor::Event;
use basic_oauth::codec::Url;
use basic_oauth::platform::{Environment, Page, PageEvent};

/// One tab. It outlives its pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TabId(pub(super) u64);

/// One life of one page: a reload begins another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PageId(pub(super) u64);

impl PageId {
    /// Stands for no page: its timers and tasks run whichever pages are open.
    pub(super) const NONE: Self = Self(0);
}

/// A page that has not been left for good.
pub(super) struct Live {
    pub(super) tab: TabId,
    pub(super) environment: Environment,
    pub(super) address: Url,
    pub(super) shared: Rc<Page>,
    pub(super) navigations: Vec<String>,
    pub(super) returns: Vec<String>,
    pub(super) loads: Vec<String>,
    pub(super) is_user_active: bool,
    pub(super) is_frozen: bool,
    pub(super) is_hidden: bool,
    /// How many timers have fired.
    pub(super) fired: usize,
    /// Timers whose time came while the page was frozen.
    pub(super) overdue: Vec<Timer>,
    /// The events that were due when the page was frozen, such as the grant of a lock.
    pub(super) held_back: Vec<Event>,
    pub(super) handlers: Vec<Handler>,
}

/// One subscription of a page.
#[derive(Clone)]
pub(super) struct Handler {
    pub(super) id: u64,
    pub(super) channel: String,
    pub(super) handler: Rc<dyn Fn(PageEvent)>,
}

#[derive(Default)]
pub(super) struct Pages {
    live: BTreeMap<PageId, Live>,
    offline: Vec<TabId>,
    counted: u64,
}

impl Pages {
    /// A number that no tab, page or subscription has had before.
    pub(super) fn number(&mut self) -> u64 {
        self.counted += 1;
        self.counted
    }

    pub(super) fn begin(&mut self, tab: TabId, address: Url, environment: Environment) -> PageId {
        let page = PageId(self.number());
        let live = Live {
            tab,
            environment,
            address,
            shared: Rc::default(),
            navigations: Vec::new(),
            returns: Vec::new(),
            loads: Vec::new(),
            is_user_active: false,
            is_frozen: false,
            is_hidden: false,
            fired: 0,
            overdue: Vec::new(),
            held_back: Vec::new(),
            handlers: Vec::new(),
        };
        self.live.insert(page, live);
        page
    }

    pub(super) fn remove(&mut self, page: PageId) -> Option<Live> {
        self.live.remove(&page)
    }

    pub(super) fn get(&self, page: PageId) -> Option<&Live> {
        self.live.get(&page)
    }

    pub(super) fn get_mut(&mut self, page: PageId) -> Option<&mut Live> {
        self.live.get_mut(&page)
    }

    pub(super) fn is_alive(&self, page: PageId) -> bool {
        page == PageId::NONE || self.live.contains_key(&page)
    }

    pub(super) fn is_frozen(&self, page: PageId) -> bool {
        self.live.get(&page).is_some_and(|live| live.is_frozen)
    }

    pub(super) fn is_hidden(&self, page: PageId) -> bool {
        self.live.get(&page).is_some_and(|live| live.is_hidden)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (PageId, &Live)> {
        self.live.iter().map(|(page, live)| (*page, live))
    }

    /// The pages of a tab: the one it shows, and those it could go back to.
    pub(super) fn of(&self, tab: TabId) -> Vec<PageId> {
        self.all().filter(|(_, live)| live.tab == tab).map(|(page, _)| page).collect()
    }

    pub(super) fn set_online(&mut self, tab: TabId, is_online: bool) {
        self.offline.retain(|own| *own != tab);
        if !is_online {
            self.offline.push(tab);
        }
    }

    pub(super) fn is_online(&self, page: PageId) -> bool {
        self.live.get(&page).is_some_and(|live| !self.offline.contains(&live.tab))
    }
}
