//! A tab, as a test handles it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::rc::Rc;

use super::page::{Live, PageId, TabId};
use super::stores::Shelf;
use super::world::Core;
use crate::native::Native;
use basic_oauth::codec::UrlParser as _;
use basic_oauth::platform::{Environment, PageEvent, Platform as _, SessionStore};

/// One page in one tab: a handle that is cheap to clone.
///
/// When the page is gone (the tab was closed, or shows another page), its scripts are gone too, and
/// calls through this handle never end.
#[derive(Clone)]
pub struct Tab {
    pub(super) core: Rc<Core>,
    pub(super) id: TabId,
    pub(super) page: PageId,
    /// What its pages are; whether they are secure contexts depends on their address too.
    wanted: Environment,
}

/// A call that a page's script has made.
pub struct Call<T>(Rc<RefCell<Option<T>>>);

impl<T> Call<T> {
    /// What came of it, once; nothing while it is under way, or when its page is gone.
    #[must_use]
    pub fn take(&self) -> Option<T> {
        self.0.borrow_mut().take()
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.borrow().is_some() { "Call(ended)" } else { "Call(pending)" })
    }
}

impl Tab {
    pub(super) fn open(core: &Rc<Core>, url: &str, environment: Environment) -> Self {
        let id = TabId(core.pages.borrow_mut().number());
        Self::load(core, id, url, environment)
    }

    fn load(core: &Rc<Core>, id: TabId, url: &str, wanted: Environment) -> Self {
        let address = Native.parse_url(url, None).unwrap_or_default();
        let is_secure_context = wanted.is_secure_context && address.is_secure();
        let environment = Environment { is_secure_context, ..wanted };
        let page = core.pages.borrow_mut().begin(id, address, environment);
        Self { core: Rc::clone(core), id, page, wanted }
    }

    /// Which tab this is; the same for all its pages.
    #[must_use]
    pub fn id(&self) -> TabId {
        self.id
    }

    /// Makes a call as a script of this page; it goes on when the world does, and ends with the page.
    pub fn call<T: 'static>(&self, future: impl Future<Output = T> + 'static) -> Call<T> {
        let outcome = Rc::new(RefCell::new(None));
        let call = Call(Rc::clone(&outcome));
        self.spawn(Box::pin(async move {
            let output = future.await;
            *outcome.borrow_mut() = Some(output);
        }));
        call
    }

    /// Shows another page in this tab. This page ends, unless it is frozen.
    #[must_use]
    pub fn go(&self, url: &str) -> Self {
        let base = self.address();
        let target = Native.parse_url(url, Some(&base));
        let target = target.map_or_else(|| url.to_owned(), |url| url.href().to_owned());
        self.leave_others(|live| live.is_frozen);
        Self::load(&self.core, self.id, &target, self.wanted)
    }

    /// Loads the same address anew.
    #[must_use]
    pub fn reload(&self) -> Self {
        self.go(&self.address())
    }

    /// Loads the same address anew after the browser ended the page without telling it: it crashed, or
    /// the browser discarded it to save memory.
    #[must_use]
    pub fn reload_after_crash(&self) -> Self {
        let address = self.address();
        self.end_others(|live| live.is_frozen);
        Self::load(&self.core, self.id, &address, self.wanted)
    }

    /// Duplicates the tab: a new one shows the same address, with a copy of its `sessionStorage`.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        self.open_popup(&self.address())
    }

    /// Opens a page in a new tab, which begins with a copy of this tab's `sessionStorage`.
    #[must_use]
    pub fn open_popup(&self, url: &str) -> Self {
        let popup = Self::open(&self.core, url, self.wanted);
        let mut stores = self.core.stores.borrow_mut();
        let copied = stores.records(Shelf::Session(self.id));
        *stores.shelf(Shelf::Session(popup.id)) = copied;
        drop(stores);
        popup
    }

    /// Closes the tab with all its pages, at any point of their scripts.
    pub fn close(&self) {
        self.leave_others(|_| false);
        self.core.stores.borrow_mut().clear(Shelf::Session(self.id));
    }

    /// Puts the page into the back-forward cache: its scripts and timers stand still.
    pub fn freeze(&self) {
        self.core.emit(self.page, None, PageEvent::Left);
        if let Some(live) = self.core.pages.borrow_mut().get_mut(self.page) {
            live.is_frozen = true;
        }
    }

    /// Goes back to this page in the back-forward cache. What the tab shows now ends.
    pub fn restore(&self) {
        self.leave_others(|live| live.is_frozen);
        let mut pages = self.core.pages.borrow_mut();
        let Some(live) = pages.get_mut(self.page) else { return };
        live.is_frozen = false;
        let overdue = std::mem::take(&mut live.overdue);
        let held_back = std::mem::take(&mut live.held_back);
        drop(pages);
        for event in held_back {
            self.core.executor.post(self.page, event.action);
        }
        for timer in overdue {
            self.core.executor.post(self.page, timer.action);
        }
        self.core.executor.wake_page(self.page);
        self.core.post_signal(self.page, PageEvent::Restored);
    }

    /// The user presses something on this page: from now on the browser calls the user active.
    pub fn press(&self) {
        if let Some(live) = self.core.pages.borrow_mut().get_mut(self.page) {
            live.is_user_active = true;
        }
    }

    /// Hides the page behind another: its timers fire once a minute.
    pub fn hide(&self) {
        self.set_hidden(true);
    }

    /// Emits that the page became visible.
    pub fn show(&self) {
        self.set_hidden(false);
        self.core.clock.borrow_mut().hurry(self.page);
        self.core.post_signal(self.page, PageEvent::Visible);
    }

    /// Cuts the tab off the network, or connects it again, and notifies the page.
    pub fn set_online(&self, is_online: bool) {
        self.core.pages.borrow_mut().set_online(self.id, is_online);
        if is_online {
            self.core.post_signal(self.page, PageEvent::Online);
        }
    }

    /// The address that the page shows; empty when it is gone.
    #[must_use]
    pub fn address(&self) -> String {
        self.live(|live| live.address.href().to_owned()).unwrap_or_default()
    }

    /// The addresses that the page navigated to, in order.
    #[must_use]
    pub fn navigations(&self) -> Vec<String> {
        self.live(|live| live.navigations.clone()).unwrap_or_default()
    }

    /// The paths that the page's router was notified of, in order.
    #[must_use]
    pub fn returns(&self) -> Vec<String> {
        self.live(|live| live.returns.clone()).unwrap_or_default()
    }

    /// The paths that the page asked the browser to load in its place, in order.
    #[must_use]
    pub fn loads(&self) -> Vec<String> {
        self.live(|live| live.loads.clone()).unwrap_or_default()
    }

    /// The records in the store of this kind, as this page sees them.
    #[must_use]
    pub fn records(&self, kind: SessionStore) -> BTreeMap<String, String> {
        self.core.stores.borrow().records(self.shelf(kind))
    }

    /// Whether the page is hidden.
    #[must_use]
    pub fn is_hidden(&self) -> bool {
        self.core.pages.borrow().is_hidden(self.page)
    }

    /// How many timers of this page have fired.
    #[must_use]
    pub fn wake_ups(&self) -> usize {
        self.live(|live| live.fired).unwrap_or_default()
    }

    /// How much has passed on the network so far, of all tabs: what comes next is
    /// [`traffic_since`](super::World::traffic_since) this number.
    #[must_use]
    pub fn passed(&self) -> usize {
        self.core.network.borrow().passed()
    }

    /// Whether this access token has not expired by the server's clock, be its session ended or not.
    #[must_use]
    pub fn is_fresh(&self, access_token: &str) -> bool {
        let now = self.core.clock.borrow().truth();
        self.core.server.borrow().is_fresh(access_token, now)
    }

    /// The `WWW-Authenticate` header that its API sends with this status.
    pub(super) fn api_challenge(&self, status: u16) -> Option<String> {
        let challenge = self.core.server.borrow().api_challenge.clone();
        challenge.filter(|_| matches!(status, 401 | 403))
    }

    /// Whether the server accepts this access token at this moment.
    #[must_use]
    pub fn is_accepted(&self, access_token: &str) -> bool {
        let now = self.core.clock.borrow().truth();
        self.core.server.borrow().accepts(access_token, now)
    }

    fn set_hidden(&self, is_hidden: bool) {
        if let Some(live) = self.core.pages.borrow_mut().get_mut(self.page) {
            live.is_hidden = is_hidden;
        }
    }

    pub(super) fn live<T>(&self, read: impl FnOnce(&Live) -> T) -> Option<T> {
        self.core.pages.borrow().get(self.page).map(read)
    }

    /// Emits to the pages that they are left, as a browser does, and ends them.
    fn leave_others(&self, is_kept: impl Fn(&Live) -> bool) {
        let pages = self.core.pages.borrow().of(self.id);
        for page in pages {
            let is_kept = self.core.pages.borrow().get(page).is_some_and(&is_kept);
            if !is_kept {
                self.core.emit(page, None, PageEvent::Left);
            }
        }
        self.end_others(is_kept);
    }

    fn end_others(&self, is_kept: impl Fn(&Live) -> bool) {
        let mut pages = self.core.pages.borrow().of(self.id);
        pages.retain(|page| !self.core.pages.borrow().get(*page).is_some_and(&is_kept));
        pages.into_iter().for_each(|page| self.core.end(page));
    }

    pub(super) fn shelf(&self, kind: SessionStore) -> Shelf {
        match kind {
            SessionStore::Cookie => Shelf::Cookie,
            SessionStore::Local => Shelf::Local,
            SessionStore::Memory => Shelf::Memory(self.page),
            SessionStore::Session => Shelf::Session(self.id),
            other => unreachable!("the scripted platform has no store {other}"),
        }
    }
}

impl fmt::Debug for Tab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tab({})", self.id.0)
    }
}
