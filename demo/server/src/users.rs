//! The users that can sign in at this server.

use serde_json::{Value, json};

use crate::did;

/// A user with an account at this server.
#[derive(Debug)]
pub(crate) struct User {
    pub(crate) username: &'static str,
    /// What its DID has after that of the host.
    pub(crate) did_path: &'static str,
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) email: &'static str,
    pub(crate) initials: &'static str,
    /// Background colour of the portrait.
    pub(crate) colour: &'static str,
    /// Title, text, and age in hours.
    pub(crate) notes: &'static [(&'static str, &'static str, u64)],
}

pub(crate) static USERS: [User; 2] = [
    User {
        username: "ada",
        did_path: "",
        id: "5b0e1c4a-9a3f-4d0e-8f51-1d8c7a3e2b10",
        name: "Ada Lovelace",
        email: "ada@basic.example",
        initials: "AL",
        colour: "#6d4aff",
        notes: &[
            ("Note G", "The engine can work out Bernoulli numbers. Check step 4 again.", 3),
            ("Letter to Babbage", "Ask how far the mill has come, and send the diagrams back.", 27),
            ("Weaving", "It weaves algebraic patterns as the loom weaves flowers and leaves.", 98),
        ],
    },
    User {
        username: "alan",
        did_path: ":users:alan",
        id: "c2f7d9e8-03b6-4f6a-a7c4-90b1e6d45f22",
        name: "Alan Turing",
        email: "alan@basic.example",
        initials: "AT",
        colour: "#0f766e",
        notes: &[
            ("Sunflowers", "Count the spirals on the tall ones by the fence.", 6),
            ("Imitation game", "Shorten the second page. Keep the strawberries and cream.", 50),
            ("Run", "Walton to Guildford, sixteen miles, before the rain.", 120),
        ],
    },
];

impl User {
    pub(crate) fn by_username(username: &str) -> Option<&'static Self> {
        USERS.iter().find(|user| user.username == username)
    }

    pub(crate) fn by_sub(sub: &str, origin: &str) -> Option<&'static Self> {
        USERS.iter().find(|user| user.sub(origin) == sub)
    }

    /// Finds the user of a `login_hint`: a user name or an email address.
    pub(crate) fn by_hint(hint: &str) -> Option<&'static Self> {
        USERS.iter().find(|user| user.username == hint || user.email == hint)
    }

    /// Returns the DID of the user, which is the subject of tokens. `did.rs` has its document.
    pub(crate) fn sub(&self, origin: &str) -> String {
        format!("{}{}", did::of_host(origin), self.did_path)
    }

    /// Returns the userinfo claims of the scope `profile`.
    pub(crate) fn profile(&self, origin: &str) -> Value {
        json!({
            "sub": self.sub(origin),
            "id": self.id,
            "name": self.name,
            "email": self.email,
            "email_verified": true,
            "handle_bare": self.username,
            "picture": format!("{origin}/users/{}.svg", self.username),
        })
    }

    /// Draws a portrait, so that no image file is needed.
    pub(crate) fn portrait(&self) -> String {
        format!(
            concat!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" role="img">"#,
                r#"<title>{}</title><rect width="96" height="96" fill="{}"/>"#,
                r#"<text x="48" y="48" fill="white" font-family="system-ui, sans-serif" "#,
                r#"font-size="38" font-weight="600" text-anchor="middle" "#,
                r#"dominant-baseline="central">{}</text></svg>"#,
            ),
            self.name, self.colour, self.initials,
        )
    }
}
