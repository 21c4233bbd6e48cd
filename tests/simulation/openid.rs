//! What an OpenID provider does in a history: it moves its endpoints, and sends wrong ID tokens.

use serde_json::json;

use crate::history::History;

impl History {
    /// The metadata names other endpoints from now on. Codes and tokens go on to those that their sign-in
    /// began with; the server notes each that does not.
    pub(crate) fn move_endpoints(&mut self) {
        if self.conditions.is_openid {
            let mut server = self.world.server();
            server.provider.has_moved = !server.provider.has_moved;
            self.invariants.counts.count("moved endpoints");
        }
    }

    /// From here on, each ID token is for another app: no token that comes with one may be used.
    pub(crate) fn deceive(&mut self) {
        // Without locks, two tabs may refresh at once. If one of them is deceived, it revokes the tokens of
        // both.
        if self.conditions.is_openid && self.scenario.has_locks {
            self.world.server().provider.claims = json!({ "aud": "another app" });
            self.invariants.counts.count("deceptions");
        }
    }

    pub(crate) fn end_deception(&mut self) {
        self.world.server().provider.claims = json!({});
    }
}
