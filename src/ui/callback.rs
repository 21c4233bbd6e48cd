//! How long the callback page waits before it is a page of its own.

/// Calls `act` after the app's router has had the time to leave the callback page.
///
/// A client says that a user is signed in, and then takes the user back. If a page shows a redirect of its
/// own in between, that redirect wins, and the page where the sign-in began is lost.
#[cfg(target_arch = "wasm32")]
pub(crate) fn after_return(act: impl FnOnce() + 'static) {
    use std::time::Duration;

    use crate::platform::Platform as _;
    use crate::platform::browser::Browser;

    /// As in `pkg-template/react.js`.
    const RETURN_TIME: Duration = Duration::from_secs(2);
    Browser.spawn(Box::pin(async move {
        Browser.sleep(RETURN_TIME).await;
        act();
    }));
}

/// A server does not wait. Only a test has a signed-in user there.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn after_return(_: impl FnOnce() + 'static) {}

/// Returns whether nothing has to be waited for: on a server.
pub(crate) const fn has_returned() -> bool {
    cfg!(not(target_arch = "wasm32"))
}
