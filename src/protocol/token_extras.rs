//! The other members of a token response, such as `instance_url` or SMART's `patient`.

use std::sync::Arc;

use crate::codec::{Json, JsonCodec};

/// The largest extras that are kept, as JSON text. Larger ones are left out whole.
pub const MAX_BYTES: usize = 2_048;

/// The members that the protocol reads itself.
const KNOWN: [&str; 3] = ["expires_in", "scope", "token_type"];

/// The other members of a token response. They are bounded in size, and have no token among them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TokenExtras(Option<Arc<Json>>);

impl TokenExtras {
    /// Takes the rest of a response, without its secrets.
    pub(crate) fn from_response(codec: &impl JsonCodec, mut body: Json) -> Self {
        for name in KNOWN {
            drop(body.take(name));
        }
        remove_secrets(&mut body);
        Self::bounded(codec, body)
    }

    /// Reads the extras of a stored session. A text that is not a JSON object is an empty set.
    pub(crate) fn from_text(codec: &impl JsonCodec, text: &str) -> Self {
        match codec.parse_json(text) {
            Some(json) if text.len() <= MAX_BYTES => Self::of(json),
            _ => Self::default(),
        }
    }

    /// Returns the text to store; empty if there are no extras.
    pub(crate) fn to_text(&self, codec: &impl JsonCodec) -> String {
        self.0.as_ref().map(|json| codec.write_json(json)).unwrap_or_default()
    }

    /// Returns these extras, updated by those of a later response. A server may leave out in a
    /// refresh what it sent at the sign-in.
    #[must_use]
    pub(crate) fn updated(&self, later: Self) -> Self {
        let (Some(own), Some(new)) = (&self.0, &later.0) else {
            return if later.0.is_some() { later } else { self.clone() };
        };
        let (Json::Object(own), Json::Object(new)) = (&**own, &**new) else { return later };
        let is_replaced = |name: &String| new.iter().any(|(other, _)| other == name);
        let mut members: Vec<_> =
            own.iter().filter(|(name, _)| !is_replaced(name)).cloned().collect();
        members.extend(new.iter().cloned());
        Self::of(Json::Object(members))
    }

    /// Returns the members as one object; `None` if the server sent no others.
    #[must_use]
    pub fn as_json(&self) -> Option<&Json> {
        self.0.as_deref()
    }

    fn bounded(codec: &impl JsonCodec, json: Json) -> Self {
        match codec.write_json(&json).len() {
            0..=MAX_BYTES => Self::of(json),
            _ => Self::default(),
        }
    }

    fn of(json: Json) -> Self {
        match &json {
            Json::Object(members) if !members.is_empty() => Self(Some(Arc::new(json))),
            _ => Self::default(),
        }
    }
}

/// Removes, at any depth, every member with the name of a secret, and every text with the form of a
/// JSON Web Token.
fn remove_secrets(json: &mut Json) {
    match json {
        Json::Object(members) => {
            members.retain(|(name, value)| !is_secret_name(name) && !is_secret_text(value));
            members.iter_mut().for_each(|(_, value)| remove_secrets(value));
        }
        Json::Array(items) => {
            items.retain(|value| !is_secret_text(value));
            items.iter_mut().for_each(remove_secrets);
        }
        _ => {}
    }
}

fn is_secret_name(name: &str) -> bool {
    const PARTS: [&str; 4] = ["assertion", "password", "secret", "token"];
    // With `str::contains`, the npm package is 842 bytes larger.
    let has = |part: &&str| {
        name.as_bytes().windows(part.len()).any(|own| own.eq_ignore_ascii_case(part.as_bytes()))
    };
    name == "code" || PARTS.iter().any(has)
}

fn is_secret_text(value: &Json) -> bool {
    // `{"` in base64url, which each JSON Web Token begins with.
    matches!(value, Json::String(text) if text.starts_with("eyJ"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Native;

    fn extras(body: &str) -> TokenExtras {
        TokenExtras::from_response(&Native, Native.parse_json(body).expect("JSON"))
    }

    fn text(extras: &TokenExtras) -> String {
        extras.to_text(&Native)
    }

    #[test]
    fn what_the_protocol_does_not_read_is_kept() {
        let own = extras(
            r#"{"token_type":"Bearer","expires_in":1,"scope":"a","instance_url":"https://x.example",
            "patient":"p-1","nested":{"a":[1,true,null]}}"#,
        );
        let expected = r#"{"instance_url":"https://x.example","nested":{"a":[1.0,true,null]},"patient":"p-1"}"#;
        assert_eq!(text(&own), expected);
        assert_eq!(TokenExtras::from_text(&Native, expected), own);
        assert!(extras(r#"{"token_type":"Bearer"}"#).as_json().is_none());
    }

    #[test]
    fn r132_no_token_is_among_the_extras_however_deep() {
        let own = extras(
            r#"{"id_token":"canary","refreshToken":"canary","client_secret":"canary","code":"canary",
            "jwt":"eyJcanary","list":["eyJcanary",{"access_token":"canary"}],
            "authed_user":{"id":"U1","access_token":"canary"},"Assertion":"canary"}"#,
        );
        assert!(!text(&own).contains("canary"), "{}", text(&own));
        assert_eq!(text(&own), r#"{"list":[{}],"authed_user":{"id":"U1"}}"#);
    }

    #[test]
    fn extras_are_bounded_and_never_cost_the_session() {
        let of_length = |length: usize| extras(&format!(r#"{{"a":"{}"}}"#, "x".repeat(length)));
        let frame = r#"{"a":""}"#.len();
        assert!(of_length(MAX_BYTES - frame).as_json().is_some());
        assert!(of_length(MAX_BYTES - frame + 1).as_json().is_none());
        let huge = format!(r#"{{"a":"{}"}}"#, "x".repeat(MAX_BYTES));
        assert!(TokenExtras::from_text(&Native, &huge).as_json().is_none());
        for odd in ["", "null", "[]", "{}", "1", "{"] {
            assert!(TokenExtras::from_text(&Native, odd).as_json().is_none(), "{odd}");
        }
    }

    #[test]
    fn a_later_response_updates_what_it_names() {
        let first = extras(r#"{"patient":"p-1","api":"a"}"#);
        let updated = first.updated(extras(r#"{"api":"b"}"#));
        assert_eq!(text(&updated), r#"{"patient":"p-1","api":"b"}"#);
        assert_eq!(first.updated(TokenExtras::default()), first);
        assert_eq!(TokenExtras::default().updated(first.clone()), first);
    }
}
